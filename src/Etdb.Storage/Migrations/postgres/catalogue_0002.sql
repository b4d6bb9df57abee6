-- What was seen of nodes, and work that has ended: both are trimmed by age (etdb retention), neither is needed to go on.
create table observation (
  node text collate "C" not null, at bigint not null, kind text not null, dataset text collate "C" not null, outcome text not null, detail text not null,
  primary key (node, at, kind, dataset)
);
create index observation_by_age on observation (at);

create table repair_done (
  dataset text collate "C" not null, node text collate "C" not null, kind text not null, version bigint not null, phase text not null, sources text not null, level integer not null,
  risk double precision not null, blocks bigint not null, bytes bigint not null, total_bytes bigint not null, since bigint not null, attempts integer not null,
  cause text, ended_at bigint not null, primary key (dataset, node, kind, version)
);
create index repair_done_by_age on repair_done (ended_at);
create index incident_by_healed on incident (healed_at) where healed_at is not null;
