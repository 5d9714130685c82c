import { type DocumentNode, Kind, type SelectionSetNode } from 'graphql';

/** How large a query is. */
export interface QuerySize {
  /** In points. */
  readonly cost: number;
  /** Repositories that it names. */
  readonly aliases: number;
  /** The most that one of its connections is asked for. */
  readonly page: number;
  /** Everything that it could bring. https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit */
  readonly nodes: number;
}

/**
 * What GitHub charges for a query: the requests that its paged connections stand for, each as often as its parents' pages are large,
 * by 100. https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#predicting-the-point-value
 */
export function sizeOf(document: DocumentNode, variables: Readonly<Record<string, unknown>>): QuerySize {
  let requests = 0;
  let aliases = 0;
  let page = 0;
  let nodes = 0;
  const fragments = new Map(
    document.definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet]] : [])),
  );

  function walk(selections: SelectionSetNode, times: number): void {
    for (const one of selections.selections) {
      if (one.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(one.name.value);
        if (fragment) walk(fragment, times);
      } else if (one.kind === Kind.INLINE_FRAGMENT) {
        walk(one.selectionSet, times);
      } else if (one.selectionSet) {
        const size = one.arguments?.find(({ name }) => name.value === 'first' || name.value === 'last')?.value;
        if (one.name.value === 'repository') aliases += 1;
        if (size) requests += times;
        const items = size?.kind === Kind.VARIABLE ? Number(variables[size.name.value]) : size?.kind === Kind.INT ? Number(size.value) : 1;
        if (size) page = Math.max(page, items);
        if (size) nodes += times * items;
        walk(one.selectionSet, times * items);
      }
    }
  }

  for (const one of document.definitions) if (one.kind === Kind.OPERATION_DEFINITION) walk(one.selectionSet, 1);
  return { cost: Math.max(1, Math.round(requests / 100)), aliases, page, nodes };
}
