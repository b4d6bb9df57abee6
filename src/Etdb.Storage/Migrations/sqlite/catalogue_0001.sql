-- The catalogue: what readers may see of the cluster. A projection of the grains; dropping it loses nothing.
-- Times are Unix milliseconds, sizes bytes.
create table dataset (
  id text primary key, version integer not null, title text not null, publisher text not null, root text, state text not null,
  target integer not null, floor integer not null, most integer not null, distinct_by text not null,
  healthy integer not null, retrievable integer not null, bytes integer not null, risk real not null,
  record_version integer not null, latest_txid text not null, height integer not null, record_time integer not null,
  content_proven integer not null, artifact text not null, species text not null, updated_at integer not null
) without rowid;
create index dataset_by_state on dataset (state, id);
create index dataset_by_title on dataset (title collate nocase, id);
create index dataset_by_updated on dataset (updated_at, id);
create index dataset_by_risk on dataset (risk, id);
create index dataset_by_bytes on dataset (bytes, id);
create index dataset_by_publisher on dataset (publisher, id);

-- Words of title, species, notes and people, for search. rowid is dataset_text.rowid.
create table dataset_text (rowid integer primary key, id text not null unique, body text not null);
create virtual table dataset_words using fts5 (body, content = 'dataset_text', tokenize = 'unicode61 remove_diacritics 2');
create trigger dataset_text_new after insert on dataset_text begin
  insert into dataset_words (rowid, body) values (new.rowid, new.body);
end;
create trigger dataset_text_gone after delete on dataset_text begin
  insert into dataset_words (dataset_words, rowid, body) values ('delete', old.rowid, old.body);
end;
create trigger dataset_text_changed after update of body on dataset_text begin
  insert into dataset_words (dataset_words, rowid, body) values ('delete', old.rowid, old.body);
  insert into dataset_words (rowid, body) values (new.rowid, new.body);
end;

create table replica (
  dataset text not null, node text not null, member text not null, state text not null, counts integer not null, since integer not null,
  verified_at integer, verified_blocks integer not null, verified_full integer not null, why text,
  primary key (dataset, node)
) without rowid;
create index replica_by_node on replica (node, state, dataset);

create table node (
  id text primary key, version integer not null, member text not null, site text not null, country text not null, state text not null, since integer not null,
  agent text, capacity integer, used integer, last_probe_at integer, queued_pins integer not null, queued_audits integer not null,
  problem text, rpc text not null, gateway text
) without rowid;

create table member (
  id text primary key, version integer not null, name text not null, country text not null, state text not null, pledge integer, contact text
) without rowid;

create table publisher (address text primary key, version integer not null, alias text, pending integer not null, updated_at integer not null) without rowid;

create table repair (
  dataset text not null, node text not null, kind text not null, version integer not null, phase text not null, sources text not null, level integer not null,
  risk real not null, blocks integer not null, bytes integer not null, total_bytes integer not null, since integer not null, attempts integer not null,
  cause text, next_at integer, primary key (dataset, node, kind)
) without rowid;
create index repair_by_urgency on repair (level, risk desc, since);

create table incident (
  id text primary key, version integer not null, kind text not null, node text not null, member text not null, opened_at integer not null,
  last_good_at integer, healed_at integer, datasets integer not null, bytes_reseeded integer not null, text text not null
) without rowid;
create index incident_by_opened on incident (opened_at);

create table story (
  dataset text not null, sequence integer not null, at integer not null, kind text not null, text text not null, node text,
  primary key (dataset, sequence)
) without rowid;
