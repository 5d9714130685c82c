import type { z } from 'zod';
import type { AnyProvider } from '../../sdk/provider.ts';
import type { AnySink } from '../../sdk/sink.ts';
import { kindOfProviders, kindOfSinks } from './draft.ts';
import { commonKeys } from './entries.ts';
import { makesSecret } from './secrets.ts';
import { instanceName } from './sections.ts';

/** What an integration's settings break of the rules for all of them, a sentence each; for a test over the registries. */
export function providerRules(provider: AnyProvider): string[] {
  return rules(provider, commonKeys(kindOfProviders({ providers: {} })));
}

/** The same of a sink. */
export function sinkRules(sink: AnySink): string[] {
  return rules(sink, commonKeys(kindOfSinks({ sinks: {} })));
}

function rules({ name, settings, example }: AnyProvider | AnySink, common: readonly string[]): string[] {
  const broken: string[] = [];
  if (!instanceName.test(name)) broken.push(`the name ${name} must match ${instanceName.source}: it is the default name of an instance`);

  function walk(schema: z.core.$ZodType, path: string): void {
    const { def } = (schema as z.core.$ZodTypes)._zod;
    switch (def.type) {
      case 'object':
        if (!def.catchall) broken.push(`${path || 'the settings'} must be a strictObject: an unknown key would be dropped in silence`);
        for (const [key, child] of Object.entries(def.shape)) {
          const at = path === '' ? key : `${path}.${key}`;
          if (path === '' && common.includes(key)) broken.push(`${at} is a key that every entry has: choose another`);
          if (!(child as z.ZodType).description) broken.push(`${at} has no description`);
          walk(child, at);
        }
        return;
      case 'array':
        walk(def.element, `${path}[]`);
        return;
      case 'record':
        walk(def.valueType, `${path}.*`);
        return;
      case 'union':
        for (const option of def.options) walk(option, path);
        return;
      case 'optional':
      case 'nullable':
      case 'default':
      case 'prefault':
      case 'nonoptional':
      case 'readonly':
      case 'catch':
        walk(def.innerType, path);
        return;
      case 'pipe':
        if (!makesSecret(def.out)) walk(def.in, path);
    }
  }

  walk(settings, '');
  const own = Object.fromEntries(Object.entries(example).filter(([key]) => !common.includes(key)));
  const result = settings.safeParse(own);
  if (!result.success)
    broken.push(`the example is not valid: ${result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`);
  return broken;
}
