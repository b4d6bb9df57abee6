import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useDatasetPage, useFacets, useMembers, useNodes } from '../api/queries';
import type { DatasetSummary, Page } from '../api/types';
import { DatasetTable } from '../components/DatasetTable';
import { PageTitle } from '../components/PageTitle';
import { Empty, QueryView } from '../components/QueryView';
import { formatCount } from '../format/numbers';
import { datasetLooks, datasetStates } from '../format/states';
import { choicesOf, withCounts } from './datasetFacets';
import { countText, sorts, useDatasetSearch } from './datasetSearch';

const typingPauseMs = 300;

type Search = ReturnType<typeof useDatasetSearch>;

/** Find a dataset. One page of rows at a time by cursor, so a million datasets are as quick as twelve. */
export default function DatasetsPage() {
  const search = useDatasetSearch();
  const page = useDatasetPage(search.query);
  const { q, state, publisher, member, node, species } = search.query;
  const filtered = [q, state, publisher, member, node, species].some((value) => value !== '');
  return (
    <>
      <PageTitle title="Datasets" lead="Everything the ledger names, with the state of its copies." />
      <Filters search={search} />
      <QueryView
        query={page} what="the datasets" rows={10}
        empty={(data) => data.items.length === 0 && (
          <Empty>
            {filtered ? 'No dataset matches.' : 'No dataset has been published yet.'}{' '}
            {filtered && <Button size="compact-sm" variant="default" onClick={() => search.change({ q: '', state: '', publisher: '', member: '', node: '', species: '' })}>Show all</Button>}
          </Empty>
        )}
      >
        {(data) => (
          <>
            <p className="result-count" role="status">{countText(data, search.page)}</p>
            <div className={page.isPlaceholderData ? 'refreshing' : ''} aria-busy={page.isPlaceholderData}>
              <DatasetTable items={data.items} onPublisher={(address) => search.change({ publisher: address })} />
            </div>
            <Pager page={data} search={search} />
          </>
        )}
      </QueryView>
    </>
  );
}

function Filters({ search }: { search: Search }) {
  const { query, change } = search;
  const members = useMembers().data?.items ?? [];
  const nodes = useNodes().data?.items ?? [];
  const facets = useFacets(query).data;
  const [text, setText] = useState(query.q);
  const apply = useDebouncedCallback((q: string) => change({ q }, true), typingPauseMs);
  useEffect(() => setText(query.q), [query.q]);
  return (
    <form className="filters" role="search" aria-label="Datasets" onSubmit={(event) => { event.preventDefault(); change({ q: text }); }}>
      <TextInput
        className="filter-wide" label="Search" type="search" placeholder="Title, species, publisher or id" value={text}
        onChange={(event) => { setText(event.currentTarget.value); apply(event.currentTarget.value); }}
      />
      <NativeSelect
        label="State" value={query.state} onChange={(event) => change({ state: event.currentTarget.value })}
        data={[{ value: '', label: 'All states' }, ...withCounts(datasetStates.map((value) => ({ value, label: datasetLooks[value].word })), facets?.states, facets)]}
      />
      <NativeSelect
        label="Species" value={query.species} onChange={(event) => change({ species: event.currentTarget.value })}
        data={[{ value: '', label: 'All species' }, ...withCounts(choicesOf(facets?.species, query.species), facets?.species, facets)]}
      />
      <NativeSelect
        label="Member" value={query.member} onChange={(event) => change({ member: event.currentTarget.value })}
        data={[{ value: '', label: 'All members' }, ...withCounts(members.map((member) => ({ value: member.id, label: member.name })), facets?.members, facets)]}
      />
      <NativeSelect
        label="Node" value={query.node} onChange={(event) => change({ node: event.currentTarget.value })}
        data={[{ value: '', label: 'All nodes' }, ...nodes.map((node) => ({ value: node.id, label: node.id }))]}
      />
      <NativeSelect label="Order" value={query.sort} onChange={(event) => change({ sort: event.currentTarget.value })} data={sorts.map(({ value, name }) => ({ value, label: name }))} />
      {query.publisher && (
        <p className="filter-chip">
          Publisher {query.publisher}{' '}
          <Button size="compact-xs" variant="default" onClick={() => change({ publisher: '' })}>All publishers</Button>
        </p>
      )}
    </form>
  );
}

function Pager({ page, search }: { page: Page<DatasetSummary>; search: Search }) {
  if (page.next === null && search.query.cursor === '') return null;
  const previous = search.previous;
  return (
    <nav className="pager" aria-label="Pages of the list">
      <Button variant="default" disabled={search.query.cursor === ''} onClick={search.first}>First</Button>
      <Button variant="default" disabled={previous === null} onClick={() => previous?.()}>Previous</Button>
      <span>{search.page === null ? '' : `Page ${formatCount(search.page)}`}</span>
      <Button variant="default" disabled={page.next === null} onClick={() => page.next && search.next(page.next)}>Next</Button>
    </nav>
  );
}
