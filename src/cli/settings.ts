/** One setting of an integration, as its JSON Schema tells it. */
export interface Setting {
  /** `orgs[].name` */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly help: string;
  /** `Default: 50.`, or empty. */
  readonly default: string;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The settings in a JSON Schema, those inside others after them. Of an object that has several forms, no setting is required in all. */
export function settingsOf(schema: object, prefix = '', isOneForm = true): readonly Setting[] {
  const { properties = {}, required = [] } = schema as Schema;
  return Object.entries(withoutTwins(properties)).flatMap(([name, one]) => {
    const path = prefix + name;
    const setting: Setting = {
      path,
      type: typeText(one),
      required: isOneForm && required.includes(name) && one.default === undefined,
      help: (one.description ?? '').replace(/\.$/, ''),
      default: one.default === undefined ? '' : `Default: ${JSON.stringify(one.default)}`,
    };
    const forms = inside(one);
    return [setting, ...forms.flatMap(([suffix, inner]) => settingsOf(inner, `${path}${suffix}.`, forms.length === 1))];
  });
}

/** Of names that differ in case only, such as those of headers, the first. */
function withoutTwins(properties: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> {
  const told = new Set<string>();
  return Object.fromEntries(
    Object.entries(properties).filter(([name]) => {
      const known = told.has(name.toLowerCase());
      told.add(name.toLowerCase());
      return !known;
    }),
  );
}

/** The objects whose settings are told too: a setting itself, or what its list is of; not the forms that a single value may take. */
function inside(schema: Schema, listed = false): readonly (readonly [string, Schema])[] {
  if (schema.properties) return [['', schema]];
  if (schema.items) return inside(schema.items, true).map(([suffix, inner]) => [`[]${suffix}`, inner] as const);
  const choices = schema.anyOf ?? schema.oneOf ?? [];
  return choices.filter((one) => one.items !== undefined || (listed && one.properties !== undefined)).flatMap((one) => inside(one, listed));
}

/** An object whose settings have entries of their own (see `inside`) is just that; any other tells their names. */
function typeText(schema: Schema, listed = false): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map((one) => (listed ? typeText(one, listed) : choiceText(one))))].join(' | ');
  if (schema.items) return `${bracketed(typeText(schema.items, true))}[]`;
  if (schema.properties) return 'object';
  return typeof schema.type === 'string' ? schema.type : (schema.type?.join(' | ') ?? 'any');
}

function choiceText(schema: Schema): string {
  return schema.properties ? `{ ${Object.keys(withoutTwins(schema.properties)).join(', ')} }` : typeText(schema);
}

function bracketed(type: string): string {
  return type.includes(' | ') ? `(${type})` : type;
}
