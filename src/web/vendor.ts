import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import express, { Router } from 'express';

const require = createRequire(import.meta.url);

/** Editors of others that are served as they ship: the package, the folder in it, and nothing but what a page asks for. */
const SERVED = {
  'bpmn-js': {
    package: 'camunda-bpmn-js',
    folder: 'dist',
    files: [
      'camunda-cloud-modeler.production.min.js',
      'assets/bpmn-js.css',
      'assets/diagram-js.css',
      'assets/properties-panel.css',
      'assets/element-templates.css',
      'assets/element-template-chooser.css',
      'assets/popup-menu.css',
      'assets/bpmn-font/css/bpmn.css',
      'assets/bpmn-font/font/bpmn.woff2',
      'assets/bpmn-font/font/bpmn.woff',
      'assets/bpmn-font/font/bpmn.ttf',
    ],
  },
  'bpmn-js-i18n': { package: 'bpmn-js-i18n', folder: 'translations', files: ['zn.js'] },
  'form-js': {
    package: '@bpmn-io/form-js',
    folder: 'dist',
    files: [
      'form-editor.umd.js',
      'form-viewer.umd.js',
      'assets/form-js.css',
      'assets/form-js-base.css',
      'assets/form-js-editor.css',
      'assets/form-js-editor-base.css',
      'assets/draggle.css',
      'assets/properties-panel.css',
      'assets/flatpickr/light.css',
    ],
  },
} as const;
export type Vendor = keyof typeof SERVED;

const versions = new Map<string, string>();
const rootOf = (name: string): string => {
  const main = require.resolve(name === 'bpmn-js-i18n' ? `${name}/package.json` : name);
  return main.slice(0, main.lastIndexOf(join('node_modules', name)) + join('node_modules', name).length);
};
const versionOf = (vendor: Vendor): string => {
  const known = versions.get(vendor);
  if (known) return known;
  const version = JSON.parse(readFileSync(join(rootOf(SERVED[vendor].package), 'package.json'), 'utf8')).version;
  versions.set(vendor, version);
  return version;
};

/** Address of a file of a vendor; the version is part of it, so that a browser may keep it for ever. */
export function vendorUrl<V extends Vendor>(vendor: V, file: (typeof SERVED)[V]['files'][number]): string {
  return `/vendor/${vendor}/${versionOf(vendor)}/${file}`;
}

/** `/vendor/<name>/<version>/<file>` from the packages; another version or another file is not there. */
export function vendor(): Router {
  const router = Router();
  for (const name of Object.keys(SERVED) as Vendor[]) {
    const { package: from, folder, files } = SERVED[name];
    const serve = express.static(join(rootOf(from), folder), { immutable: true, maxAge: '1y', index: false });
    router.use(`/${name}/:version`, (req, res, next) => {
      const file = req.path.slice(1);
      if (req.params.version !== versionOf(name) || !(files as readonly string[]).includes(file)) return next();
      serve(req, res, next);
    });
  }
  return router;
}
