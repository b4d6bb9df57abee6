import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ApiError, request } from './client';
import type {
  ArchiveNode, Cluster, Dataset, DatasetQuery, DatasetSummary, Demo, DemoProgress, Facets, Health, Incident, Member, Page, Repair,
  Session, StoryEntry, StoryEvent, Why,
} from './types';

/** Query keys: the live feed writes to the same ones. */
export const keys = {
  cluster: ['cluster'] as const,
  health: ['health'] as const,
  members: ['members'] as const,
  nodes: ['nodes'] as const,
  repairs: ['repairs'] as const,
  incidents: ['incidents'] as const,
  demo: ['demo'] as const,
  session: ['session'] as const,
  datasets: ['datasets'] as const,
  datasetPage: (query: DatasetQuery) => ['datasets', query] as const,
  facets: (search: string) => ['facets', search] as const,
  dataset: (id: string) => ['dataset', id] as const,
  why: (id: string) => ['why', id] as const,
  story: (id: string, limit: number) => ['story', id, limit] as const,
  demoProgress: ['live', 'demo'] as const,
  activity: ['live', 'activity'] as const,
  history: ['live', 'history'] as const,
};

/** One sample of the replica chart. */
export interface HealthSample {
  at: number;
  verified: number;
  notVerified: number;
}

export const listLimit = 500;
const facetsRereadMs = 30_000;

export const useCluster = () =>
  useQuery({ queryKey: keys.cluster, queryFn: ({ signal }) => request<Cluster>('/cluster', { signal }), refetchInterval: 15_000 });
export const useHealth = () =>
  useQuery({ queryKey: keys.health, queryFn: ({ signal }) => request<Health>('/health', { signal }) });
export const useMembers = () =>
  useQuery({ queryKey: keys.members, queryFn: ({ signal }) => request<Page<Member>>('/members', { signal }) });
export const useNodes = () =>
  useQuery({ queryKey: keys.nodes, queryFn: ({ signal }) => request<Page<ArchiveNode>>('/nodes', { signal }) });
export const useRepairs = () =>
  useQuery({ queryKey: keys.repairs, queryFn: ({ signal }) => request<Page<Repair>>(`/repairs?limit=${listLimit}`, { signal }) });
export const useIncidents = () =>
  useQuery({ queryKey: keys.incidents, queryFn: ({ signal }) => request<Page<Incident>>('/incidents?limit=100', { signal }) });

export const useDatasetPage = (query: DatasetQuery) =>
  useQuery({
    queryKey: keys.datasetPage(query),
    queryFn: ({ signal }) => request<Page<DatasetSummary>>(`/datasets?${searchOf(query)}`, { signal }),
    placeholderData: keepPreviousData,
  });

/** How many of what a search finds have which values; the order and the page do not matter to it. */
export const useFacets = (query: DatasetQuery) => {
  const { sort: _, limit: __, cursor: ___, ...found } = query;
  const search = searchOf(found);
  return useQuery({
    queryKey: keys.facets(search),
    queryFn: ({ signal }) => request<Facets>(search ? `/facets?${search}` : '/facets', { signal }),
    placeholderData: keepPreviousData,
    staleTime: facetsRereadMs,
    refetchInterval: facetsRereadMs,
  });
};

export const useDataset = (id: string) =>
  useQuery({ queryKey: keys.dataset(id), queryFn: ({ signal }) => request<Dataset>(`/datasets/${encodeURIComponent(id)}`, { signal }) });
export const useWhy = (id: string) =>
  useQuery({ queryKey: keys.why(id), queryFn: ({ signal }) => request<Why>(`/datasets/${encodeURIComponent(id)}/why`, { signal }) });
export const useStory = (id: string, limit: number) =>
  useQuery({
    queryKey: keys.story(id, limit),
    queryFn: ({ signal }) => request<Page<StoryEntry>>(`/datasets/${encodeURIComponent(id)}/story?limit=${limit}`, { signal }),
    placeholderData: keepPreviousData,
  });

/** Who the reader is to the server; `null` where the server does not say. */
export const useSession = () =>
  useQuery({
    queryKey: keys.session,
    queryFn: async ({ signal }) => {
      try {
        return await request<Session>('/session', { signal });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });

/** False only when it is known that the reader may not: a server that says nothing decides by itself. */
export const useMayAct = () => {
  const session = useSession().data;
  return !session || session.roles.includes('admin');
};

/** `null` where the server is no demo. */
export const useDemo = () =>
  useQuery({
    queryKey: keys.demo,
    queryFn: async ({ signal }) => {
      try {
        return await request<Demo>('/demo', { signal });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
  });

/** What only the live feed knows; empty until it has said something. */
export const useDemoProgress = () => useQuery<DemoProgress | null>({ queryKey: keys.demoProgress, enabled: false, initialData: null }).data;
export const useActivity = () => useQuery<StoryEvent[]>({ queryKey: keys.activity, enabled: false, initialData: [] }).data;
export const useHealthHistory = () => useQuery<HealthSample[]>({ queryKey: keys.history, enabled: false, initialData: [] }).data;

export function searchOf(query: Partial<DatasetQuery>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== '' && value !== undefined) search.set(name, String(value));
  }
  return search.toString();
}
