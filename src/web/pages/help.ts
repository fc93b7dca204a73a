import { type Actor, ROLES, type Role } from '../../kernel/actor.ts';
import { notFound } from '../../kernel/errors.ts';
import { roleName } from '../../modules/access/index.ts';
import type { Route } from '../route.ts';
import { HELP_TOPICS, type HelpTopic } from './help-topics.ts';

/** Help (P42), one task per page, and the accessibility statement (P43). */
export function helpPages(): Route[] {
  return [
    {
      method: 'get',
      path: '/help',
      permission: 'public',
      scope: '—',
      handle: ({ res, actor }) => res.render('help/index', { title: '帮助', groups: groupsFor(actor) }),
    },
    {
      method: 'get',
      path: '/help/:slug',
      permission: 'public',
      scope: '—',
      handle({ req, res }) {
        const topic = HELP_TOPICS.find((item) => item.slug === req.params.slug);
        if (!topic) throw notFound('没有这一页帮助。请从“帮助”目录进入。');
        res.render('help/topic', { title: topic.title, topic });
      },
    },
    {
      method: 'get',
      path: '/accessibility',
      permission: 'public',
      scope: '—',
      handle: ({ res }) => res.render('help/accessibility', { title: '无障碍声明' }),
    },
  ];
}

/** What one's own posts need comes first; then what everybody needs; then the rest, by post. */
function groupsFor(actor: Actor | undefined): { title: string; topics: HelpTopic[] }[] {
  const left = new Set(HELP_TOPICS);
  const take = (title: string, fits: (topic: HelpTopic) => boolean) => {
    const topics = [...left].filter(fits);
    for (const topic of topics) left.delete(topic);
    return topics.length > 0 ? [{ title, topics }] : [];
  };
  const of = (role: Role) => (topic: HelpTopic) => topic.roles.includes(role);
  return [
    ...(actor?.roles ?? []).flatMap((role) => take(`${roleName(role)}常用`, of(role))),
    ...take('大家都用得到', (topic) => topic.roles.length === 0),
    ...ROLES.flatMap((role) => take(roleName(role), of(role))),
  ];
}
