-- The catalogue: what readers may see of the cluster. A projection of the grains; dropping it loses nothing.
-- Times are Unix milliseconds, sizes bytes. Keys are compared by code point, as everywhere else in the cluster.
create function etdb_fold(text) returns text language sql immutable strict parallel safe
  return regexp_replace(normalize($1, nfd), U&'[\0300-\036F]', '', 'g');
comment on function etdb_fold is 'Takes the accents off letters, so that "cafe" finds "café".';

create table dataset (
  id text collate "C" primary key, version bigint not null, title text not null, publisher text collate "C" not null, root text, state text not null,
  target integer not null, floor integer not null, most integer not null, distinct_by text not null,
  healthy integer not null, retrievable integer not null, bytes bigint not null, risk double precision not null,
  record_version integer not null, latest_txid text not null, height bigint not null, record_time bigint not null,
  content_proven boolean not null, artifact text not null, species text collate "C" not null, updated_at bigint not null
);
create index dataset_by_state on dataset (state, id);
create index dataset_by_title on dataset (lower(title collate "C"), id);
create index dataset_by_updated on dataset (updated_at, id);
create index dataset_by_risk on dataset (risk, id);
create index dataset_by_bytes on dataset (bytes, id);
create index dataset_by_publisher on dataset (publisher, id);
create index dataset_by_species on dataset (species, id);
comment on column dataset.version is 'Version of the grain state shown; an older one never overwrites a newer one.';

create table dataset_text (id text collate "C" primary key, words tsvector not null);
create index dataset_by_words on dataset_text using gin (words);

create table replica (
  dataset text collate "C" not null, node text collate "C" not null, member text collate "C" not null, state text not null, counts boolean not null, since bigint not null,
  verified_at bigint, verified_blocks bigint not null, verified_full boolean not null, why text,
  primary key (dataset, node)
);
create index replica_by_node on replica (node, state, dataset);
create index replica_by_member on replica (member, dataset);

create table node (
  id text collate "C" primary key, version bigint not null, member text not null, site text not null, country text not null, state text not null, since bigint not null,
  agent text, capacity bigint, used bigint, last_probe_at bigint, queued_pins integer not null, queued_audits integer not null,
  problem text, rpc text not null, gateway text
);

create table member (
  id text collate "C" primary key, version bigint not null, name text not null, country text not null, state text not null, pledge bigint, contact text
);

create table publisher (address text collate "C" primary key, version bigint not null, alias text, pending integer not null, updated_at bigint not null);

create table repair (
  dataset text collate "C" not null, node text collate "C" not null, kind text not null, version bigint not null, phase text not null, sources text not null, level integer not null,
  risk double precision not null, blocks bigint not null, bytes bigint not null, total_bytes bigint not null, since bigint not null, attempts integer not null,
  cause text, next_at bigint, primary key (dataset, node, kind)
);
create index repair_by_urgency on repair (level, risk desc, since);

create table incident (
  id text collate "C" primary key, version bigint not null, kind text not null, node text not null, member text not null, opened_at bigint not null,
  last_good_at bigint, healed_at bigint, datasets integer not null, bytes_reseeded bigint not null, text text not null
);
create index incident_by_opened on incident (opened_at, id);

create table story (
  dataset text collate "C" not null, sequence bigint not null, at bigint not null, kind text not null, text text not null, node text,
  primary key (dataset, sequence)
);
