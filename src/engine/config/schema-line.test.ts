import { describe, expect, it } from 'vitest';
import { withJsonSchema, withYamlSchema } from './schema-line.ts';

const at = './kpi.config.schema.json';

describe('withJsonSchema', () => {
  it.each([
    ['{\n  "providers": {}\n}\n', `{\n  "$schema": "${at}",\n  "providers": {}\n}\n`],
    ['{\r\n\t"providers": {}\r\n}', `{\r\n\t"$schema": "${at}",\r\n\t"providers": {}\r\n}`],
    ['{\n\n    "a": 1 }', `{\n    "$schema": "${at}",\n\n    "a": 1 }`],
    ['{ "a": 1 }', `{ "$schema": "${at}", "a": 1 }`],
    ['\ufeff{"a":1}', `\ufeff{"$schema":"${at}","a":1}`],
    ['{}', `{"$schema":"${at}"}`],
  ])('adds it to %j', (text, lined) => {
    expect(withJsonSchema(text, at)).toEqual({ text: lined, action: 'added' });
    expect(JSON.parse(lined.replace('\ufeff', '')).$schema).toBe(at);
    expect(withJsonSchema(lined, at)).toEqual({ text: lined, action: 'ready' });
  });

  it('changes the one of the config itself, wherever it stands', () => {
    const text = '{"a":{"$schema":"x"},"b":["$schema",{"$schema":"y"}],"n":5,\n"c":"$schema", "$sch\\u0065ma" : "old" ,"d":1}';
    expect(withJsonSchema(text, at)).toEqual({ text: text.replace('"old"', JSON.stringify(at)), action: 'changed' });
  });
});

describe('withYamlSchema', () => {
  it.each([
    ['providers: {}\n', `# yaml-language-server: $schema=${at}\nproviders: {}\n`],
    ['\ufeff# mine\r\na: 1\r\n', `\ufeff# yaml-language-server: $schema=${at}\r\n# mine\r\na: 1\r\n`],
    ['%YAML 1.2\n---\na: 1\n', `# yaml-language-server: $schema=${at}\n%YAML 1.2\n---\na: 1\n`],
  ])('adds it to %j', (text, lined) => {
    expect(withYamlSchema(text, at)).toEqual({ text: lined, action: 'added' });
    expect(withYamlSchema(lined, at)).toEqual({ text: lined, action: 'ready' });
  });

  it('changes the one that is there', () => {
    const text = '# mine\n#yaml-language-server:$schema=https://old.example/x.json  # as it was\na: 1\n';
    expect(withYamlSchema(text, at)).toEqual({ text: text.replace('https://old.example/x.json', at), action: 'changed' });
  });
});
