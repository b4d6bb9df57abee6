-- Datasets lie in a table with numbers of its own. In one without (rows in the order of their ids) a row of two kilobytes did not fit: three began on each page of four, the rest of each took
-- an overflow page for itself, and each new row split a page somewhere.
pragma legacy_alter_table = on;
create table dataset_new (
  id text not null unique, version integer not null, title text not null, publisher text not null, root text, state text not null,
  target integer not null, floor integer not null, most integer not null, distinct_by text not null,
  healthy integer not null, retrievable integer not null, bytes integer not null, risk real not null,
  record_version integer not null, latest_txid text not null, height integer not null, record_time integer not null,
  content_proven integer not null, artifact text not null, species text not null, updated_at integer not null
);
insert into dataset_new select * from dataset;
drop table dataset;
alter table dataset_new rename to dataset;
pragma legacy_alter_table = off;

create index dataset_by_title on dataset (title collate nocase, id);
create index dataset_by_updated on dataset (updated_at, id);
create index dataset_by_risk on dataset (risk, id);
create index dataset_by_bytes on dataset (bytes, id);
create index dataset_by_cell on dataset (state, healthy, retrievable, id);
create index dataset_by_publisher on dataset (publisher, title collate nocase, id);
create index dataset_by_species on dataset (species, title collate nocase, id);

-- As they were; they went with the table.
create trigger dataset_counted after insert on dataset begin
  insert into dataset_count values (new.state, new.healthy, new.retrievable, 1, new.bytes, new.risk)
    on conflict do update set datasets = datasets + 1, bytes = bytes + excluded.bytes, risk = risk + excluded.risk;
end;
create trigger dataset_uncounted after delete on dataset begin
  update dataset_count set datasets = datasets - 1, bytes = bytes - old.bytes, risk = risk - old.risk
    where state = old.state and healthy = old.healthy and retrievable = old.retrievable;
end;
create trigger dataset_recounted after update of state, healthy, retrievable, bytes, risk on dataset begin
  update dataset_count set datasets = datasets - 1, bytes = bytes - old.bytes, risk = risk - old.risk
    where state = old.state and healthy = old.healthy and retrievable = old.retrievable;
  insert into dataset_count values (new.state, new.healthy, new.retrievable, 1, new.bytes, new.risk)
    on conflict do update set datasets = datasets + 1, bytes = bytes + excluded.bytes, risk = risk + excluded.risk;
end;
create trigger dataset_resized after update of bytes on dataset when old.bytes <> new.bytes begin
  insert into replica_age select state, coalesce(verified_at / 3600000, -1), 0, (new.bytes - old.bytes) * count(*) from replica where dataset = new.id group by 1, 2
    on conflict do update set bytes = bytes + excluded.bytes;
end;
create trigger dataset_key_changed after update of title, publisher, species, state, updated_at, risk, bytes on dataset begin
  update dataset_key set title = new.title, publisher = new.publisher, species = new.species, state = new.state, updated_at = new.updated_at, risk = new.risk, bytes = new.bytes
    where number = (select t.rowid from dataset_text t where t.id = new.id);
end;
create trigger dataset_faceted after insert on dataset begin
  insert into facet_count values ('publisher', new.publisher, 1), ('species', new.species, 1) on conflict do update set datasets = datasets + 1;
end;
create trigger dataset_unfaceted after delete on dataset begin
  update facet_count set datasets = datasets - 1 where (kind = 'publisher' and value = old.publisher) or (kind = 'species' and value = old.species);
end;
create trigger dataset_republished after update of publisher on dataset when old.publisher <> new.publisher begin
  update facet_count set datasets = datasets - 1 where kind = 'publisher' and value = old.publisher;
  insert into facet_count values ('publisher', new.publisher, 1) on conflict do update set datasets = datasets + 1;
end;
create trigger dataset_renamed after update of species on dataset when old.species <> new.species begin
  update facet_count set datasets = datasets - 1 where kind = 'species' and value = old.species;
  insert into facet_count values ('species', new.species, 1) on conflict do update set datasets = datasets + 1;
end;
