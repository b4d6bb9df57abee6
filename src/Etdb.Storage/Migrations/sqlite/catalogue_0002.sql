-- What was seen of nodes, and work that has ended: both are trimmed by age (etdb retention), neither is needed to go on.
create table observation (
  node text not null, at integer not null, kind text not null, dataset text not null, outcome text not null, detail text not null,
  primary key (node, at, kind, dataset)
) without rowid;
create index observation_by_age on observation (at);

create table repair_done (
  dataset text not null, node text not null, kind text not null, version integer not null, phase text not null, sources text not null, level integer not null,
  risk real not null, blocks integer not null, bytes integer not null, total_bytes integer not null, since integer not null, attempts integer not null,
  cause text, ended_at integer not null, primary key (dataset, node, kind, version)
) without rowid;
create index repair_done_by_age on repair_done (ended_at);
create index incident_by_healed on incident (healed_at) where healed_at is not null;
create index dataset_by_species on dataset (species, id);
