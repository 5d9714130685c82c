import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { buildSchema, type DocumentNode, type GraphQLSchema, parse, validate } from 'graphql';

let built: GraphQLSchema | undefined;

/** GitHub's published schema. Built once, as that takes a while; GitHub's own SDL breaks a rule, which is no matter here. */
export function githubSchema(): GraphQLSchema {
  built ??= buildSchema(readFileSync(schemaFile(), 'utf8'), { assumeValidSDL: true });
  return built;
}

/** Read by its path, as loading the package would parse all of it in JSON as well. */
function schemaFile(): string {
  const manifest = findPackageJSON('@octokit/graphql-schema', import.meta.url);
  if (manifest === undefined) throw new Error('@octokit/graphql-schema is not installed');
  return join(dirname(manifest), 'schema.graphql');
}

/** What GitHub would refuse about a query, in words; none when it is valid. */
export function queryProblems(query: string): readonly string[] {
  return validate(githubSchema(), parse(query)).map((error) => error.message);
}

/** The query, taken apart. Throws on one that GitHub would not understand. */
export function parseQuery(query: string): DocumentNode {
  const document = parse(query);
  const problems = validate(githubSchema(), document).map((error) => error.message);
  if (problems.length > 0) throw new Error(`the query is not valid: ${problems.join('; ')}`);
  return document;
}
