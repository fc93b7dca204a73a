import type { Role } from '../../kernel/actor.ts';
import type { LampColour } from '../../modules/deadlines/index.ts';

/** One task of one page. Words are those of the screens. */
export interface HelpTopic {
  slug: string;
  title: string;
  summary: string;
  /** Whose work it is; nobody's in particular when empty. */
  roles: readonly Role[];
  steps?: readonly string[];
  notes?: readonly string[];
  keys?: readonly [string, string][];
  lamps?: readonly { lamp: { colour: LampColour; text: string; provisional: boolean }; meaning: string }[];
  go?: { href: string; title: string };
}

const HANDLERS: readonly Role[] = ['HANDLER', 'DEPARTMENT_HEAD'];
const LEADERS: readonly Role[] = ['DEPUTY_IN_CHARGE', 'CHIEF'];
const lamp = (colour: LampColour, text: string, provisional = false) => ({ colour, text, provisional });

/** The texts of the help, in the order of a demand's life. Long because it is text. Day counts are those of the rule set and are said as “规则规定的”. */
export const HELP_TOPICS: readonly HelpTopic[] = [
  {
    slug: 'register',
    title: '登记一件诉求',
    summary: '接到电话或来人，先登记，再办事。没有登记的诉求不能流转。',
    roles: ['REGISTRAR'],
    steps: [
      '点“登记诉求”，选渠道，填联系电话、名称、诉求和意见。尽量用诉求人的原话。',
      '选类别和标签。标签越准，建议的主办部门越准。',
      '点“检查并给出建议”：右边会列出可能重复的诉求、建议主办和理由、时限预览。什么都还没有保存。',
      '选“怎么办”。不能当场答复的，先把情况告诉诉求人，并记下告知的方式和内容。',
      '点“登记并转交”。把编号、查询码和最晚办结日念给诉求人。',
    ],
    notes: [
      '没有电话的，选“匿名或无联系方式”并选原因。',
      '涉及检举、纪检的，登记后限定可见，你也只能看到编号。',
      '登记错了不能删除，由纳服作废，编号和记录保留。',
    ],
    go: { href: '/demands/new', title: '去登记' },
  },
  {
    slug: 'on-the-spot',
    title: '当场答复',
    summary: '能当场说清楚的，登记的同时办结，不用再转交。',
    roles: ['REGISTRAR'],
    steps: [
      '登记时“怎么办”选“当场答复”。',
      '写答复内容和依据文号。',
      '点“登记并当场办结”：同时记为办结和反馈，并汇总到本级纳税服务部门。',
    ],
    notes: ['法律救济、检举、纪检类不能当场办结，系统会说明去哪里办。'],
  },
  {
    slug: 'dispatch',
    title: '派单',
    summary: '把汇总来的诉求派给主办部门。规则给出建议，你来定。',
    roles: ['DEMAND_DESK'],
    steps: [
      '打开“派单台”。“建议一致”的可以勾选后一起派；“需要人工派单”的逐件选主办。',
      '看“为什么”：命中了哪条规则、哪些条件成立。',
      '另选别的部门时写理由，日后查得到。',
      '点“派出所选”。一件不成不影响其他件，结果逐件列出。',
    ],
    notes: ['主办部门的办结期限从送达时起算，不从签收起算。', '被别人抢先派出的那件会列在结果里，不会派两次。'],
    go: { href: '/dispatch', title: '去派单台' },
  },
  {
    slug: 'handle',
    title: '办理和提交办结',
    summary: '主办部门在规则规定的工作日内办结，再把结果告诉诉求人。',
    roles: HANDLERS,
    steps: [
      '在“我的待办”里打开任务。时限最紧的在最上面。',
      '写措施、结论、政策依据、对外答复。没写完点“存草稿”，只有你能看到。',
      '点“提交办结”。办结时间记为此刻。',
      '第二天下班前完成“反馈诉求人”。',
    ],
    notes: [
      '几个人都能办的任务，先点“领取”；领错了可以“释放”。',
      '提交时别人已经改过，会先给你看变化，你写的内容都在。',
      '被退回修改的，时限不停。',
    ],
    go: { href: '/tasks', title: '去我的待办' },
  },
  {
    slug: 'extend',
    title: '申请延期',
    summary: '确有困难不能按期办结的，到期前申请。由谁审批、最多几天，由规则判断。',
    roles: HANDLERS,
    steps: [
      '打开诉求件，点“申请延期”。',
      '从列出的日期里选新期限，选原因类型，写清原因。',
      '填写怎样告知诉求人。联合办理的延期，登记告知后新期限才生效。',
      '提交后等审批；审批期间原期限照走。',
    ],
    notes: [
      '已经逾期的不能用延期消除逾期记录，请先办理，并写逾期说明。',
      '到期前提交、到期后才批的，计审批滞后，不计主办逾期。',
    ],
  },
  {
    slug: 'feedback',
    title: '向诉求人反馈',
    summary: '谁主办谁反馈。办结后 1 个工作日内把结果告诉诉求人。',
    roles: HANDLERS,
    steps: [
      '打开“反馈诉求人”任务。',
      '选方式，写反馈内容，选送达结果。',
      '点“登记反馈”。反馈期限停止，结果同时推送纳税服务部门。',
    ],
    notes: ['打不通的，登记“未接通”；在三个不同的半天各试一次，算尽到告知义务。'],
  },
  {
    slug: 'approve',
    title: '审批延期',
    summary: '手机上也能批。先看改成哪天、为什么，再决定。',
    roles: LEADERS,
    steps: [
      '打开“待我审批”，点一件。',
      '看申请到哪天、合计几个工作日、原因、此前延期几次。',
      '点“同意延期”“不同意”或“退回补充”。后两种要写意见。',
    ],
    notes: [
      '“为什么是我审批”写着规则的依据。',
      '与你有利害关系的，会按回避规则转给别人。',
      '外出前在“我的”里设好代理，到期自动收回。',
    ],
    go: { href: '/approvals', title: '去待我审批' },
  },
  {
    slug: 'visit',
    title: '回访和销号',
    summary: '回访由纳服做，不由主办部门做。',
    roles: ['DEMAND_DESK'],
    steps: [
      '打开“回访”，必须电访的排在最前。',
      '逐项问：收到反馈了吗、解决了吗、满意吗。没有预选，据实选。',
      '不满意的，判定重办或解释。重办会重新起算期限。',
      '条件都满足后“对账销号”。缺什么，核对表里写着。',
    ],
    notes: ['没有评价不等于满意，统计时不算进满意率。'],
    go: { href: '/visits', title: '去回访' },
  },
  {
    slug: 'find',
    title: '查找诉求',
    summary: '用编号后四位、电话后四位、名称或事项里的几个字。',
    roles: [],
    steps: ['在页面顶部的搜索框输入，按回车。', '或者打开“台账”，用条件筛选；地址栏里的地址就是这组条件，可以收藏。'],
    notes: ['只列你有权看的。限定可见的件，没有权限的人查不到。'],
    go: { href: '/demands', title: '去台账' },
  },
  {
    slug: 'lamps',
    title: '看懂红黄绿灯和期限',
    summary: '每盏灯都有形状和文字。点“怎么算的”，逐日列出算的是哪几天。',
    roles: [],
    lamps: [
      { lamp: lamp('green', '正常 · 剩 3 个工作日'), meaning: '还有 2 个工作日以上。' },
      { lamp: lamp('yellow', '临期 · 剩 1 个工作日'), meaning: '下一个工作日到期。' },
      { lamp: lamp('orange', '今日到期 · 17:30 前'), meaning: '今天下班前要办完。' },
      { lamp: lamp('red', '已逾期 1 个工作日'), meaning: '过了期限。先联系诉求人说明，再尽快办结。' },
      { lamp: lamp('grey', '停钟 · 等待外部单位'), meaning: '这段时间不计算。' },
      { lamp: lamp('done', '按时办结'), meaning: '已经停钟，不再变化。' },
      {
        lamp: lamp('green', '正常 · 剩 9 个工作日', true),
        meaning: '虚线框：涉及还没有发布放假安排的年份，日期可能会变。',
      },
    ],
    notes: [
      '收到当天不算，从下一个工作日数起。',
      '周末和法定节假日不算，调休上班的周末算。',
      '最后一天到下班时间为止。',
    ],
  },
  {
    slug: 'reveal',
    title: '查看完整号码',
    summary: '姓名和电话默认遮住一部分。办事需要时可以查看，每次都有记录。',
    roles: [],
    steps: ['在诉求件里点“查看完整号码”。', '选事由，点“记录并查看”。'],
    notes: ['审计员和你本人都能查到：谁、什么时候、为什么看。你自己的记录在“我的 › 我看过谁”。'],
  },
  {
    slug: 'nothing-lost',
    title: '填了一半，会不会丢',
    summary: '不会。过期、冲突、重复点击、上传失败，填的内容都会回来。',
    roles: [],
    notes: [
      '30 分钟没有操作会退出登录。退出前 5 分钟提醒；过期后提交的内容保留 30 分钟，重新登录后自动填回，要你核对后再次提交。',
      '别人先改了同一件事，会列出变化，由你决定保留还是放弃自己填的。',
      '连点两次提交只算一次，第二次给你看第一次的结果。',
      '出错的表单会留在原页，指出哪一项、怎样改，已填的都在。',
    ],
  },
  {
    slug: 'delegate',
    title: '外出时请同事代办',
    summary: '设一段时间的代理，到期自动收回。',
    roles: [],
    steps: [
      '打开“我的”，在“我的代理”里点“设置、收回代理”，再点“设置我的代理人”。',
      '选代理人、范围、起止日期，写原因。',
    ],
    notes: ['代理人办的事，记录里写“代 某某”。', '代理不能再转给第三个人。'],
    go: { href: '/delegations', title: '去代理授权' },
  },
  {
    slug: 'processes',
    title: '看懂流程、规则和参数',
    summary: '每一步谁办、用哪张表单、按哪条规则，都能在页面上读到，规则还可以当场试。',
    roles: ['PROCESS_ADMIN'],
    steps: [
      '“流程”里打开一项：先是文字写的步骤，再是流程图和版本。',
      '“规则”里打开一项：每条规则写明条件、结论和依据。',
      '点“试一试”，填几项事实，看会得出什么结论、为什么。这里试的不影响任何诉求。',
      '“参数”列出全部天数和时刻，以及从哪天起生效。',
    ],
    notes: [
      '在办的件一直用它开始时的版本；每件诉求记着当时的规则版本。',
      '系统升级带来的新版本，升级后自动启用，历史里有记录。',
    ],
    go: { href: '/processes', title: '去流程' },
  },
  {
    slug: 'calendar',
    title: '导入放假安排',
    summary: '国务院办公厅发布下一年放假安排后，尽快导入，暂定的期限会重新计算。',
    roles: ['PROCESS_ADMIN'],
    steps: [
      '打开“日历”，点“导入放假安排”，粘贴通知原文或表格。',
      '核对放假和调休上班的日子，看哪些在办件的期限会变。',
      '写明理由后发布，在办件的期限随即重算。',
    ],
    go: { href: '/calendar', title: '去日历' },
  },
  {
    slug: 'incidents',
    title: '处理异常',
    summary: '流程停在某一步，是因为规则、数据或外部服务出了问题。',
    roles: ['PROCESS_ADMIN'],
    steps: [
      '打开“运行”，看异常的位置和原因。',
      '先改正原因，再点“重试”。',
      '仍不成的，用电话等办法先把事办了，再补登记。',
    ],
    notes: ['“已重试”不等于“已解决”：仍失败的会留在列表里。'],
    go: { href: '/operations', title: '去运行' },
  },
  {
    slug: 'people',
    title: '管理人员和岗位',
    summary: '岗位决定能做什么。调岗当天生效，正在办的任务跟着岗位走。',
    roles: ['SYSTEM_ADMIN'],
    steps: [
      '打开“组织与岗位”，找到单位和部门。',
      '调整岗位、分管领导、代理。',
      '忘记密码的，重置后把一次性密码当面交给本人；他登录后必须先改密码。',
    ],
    notes: [
      '系统管理员看不到诉求内容，流程管理员看不到个人信息，审计员什么都不能改。',
      '收到“申请授权”的消息，按岗位判断，同意就调整岗位。',
    ],
    go: { href: '/org', title: '去组织与岗位' },
  },
  {
    slug: 'numbers',
    title: '看指标、对账、写通报',
    summary: '每个数字都能点开看是哪些件；不平的账会说出是哪一件、为什么。',
    roles: ['DEMAND_DESK', 'DEPARTMENT_HEAD', 'SUPERVISOR', ...LEADERS],
    steps: [
      '“统计 › 指标”选单位和统计期。点分子、分母或“没有计入的”，就是台账里的那些件；“口径”写明怎么算。',
      '“台账 › 对账”每天零点自动对一次。不平的件逐件列出原因；待销号的件核对都是 ✓ 的，可以批量销号。',
      '“统计 › 共性诉求”每天查找一次。指定牵头科室，由它写措施；解决了就关闭群组。',
      '“统计 › 通报”选一期，点“生成通报”。数字冻结，文字可以改；改了数字的，送审前要改回或说明原因。',
      '局领导签发（不能是编写人），再按单位发布、归档。发布后有错，点“更正”另出一版。',
    ],
    notes: [
      '含剔除是全部件；不含剔除扣掉撤回、法定途径、不属职责、认定不合理的件。',
      '限定可见件计入数字，但你无权查看的不列出来，页面会说明有几件。',
      '分母少于口径规定件数的，只给件数，不计算比例；各表按单位代码排列，不排名次。',
    ],
    go: { href: '/statistics', title: '去指标' },
  },
  {
    slug: 'audit',
    title: '查历史、核验完整性',
    summary: '每一次变化都有记录，一环扣一环，改动过就对不上。',
    roles: ['AUDITOR'],
    steps: [
      '“历史检索”按编号、人、事项查。',
      '“完整性核验”重新计算全部链条，指出第一处对不上的地方。',
      '“敏感信息访问”看谁看过谁的完整号码。',
    ],
    notes: ['每天的锚点存到库外，库里整段替换也能发现。'],
    go: { href: '/audit', title: '去历史检索' },
  },
  {
    slug: 'shortcuts',
    title: '快捷键',
    summary: '每天登记几十件的人用得上。不想用的，在“我的”里关掉。',
    roles: [],
    keys: [
      ['F2', '登记一件新诉求（在任何一页）'],
      ['F4', '光标到搜索框'],
      ['F8', '采纳建议的主办部门（登记）'],
      ['F9', '当场答复（登记）'],
      ['Ctrl+Enter', '提交正在填的表单'],
      ['Tab、Shift+Tab', '到下一项、上一项'],
    ],
    notes: ['快捷键都有对应的按钮或链接，不用也能办完每一件事。'],
  },
];
