-- What a search sorts and narrows by, in the order of the numbers the word index knows datasets by: one short row for each match, instead of a look for its id and another for its place.
create table dataset_key (
  number integer primary key, id text not null, title text not null, publisher text not null, species text not null, state text not null,
  updated_at integer not null, risk real not null, bytes integer not null
);
insert into dataset_key select t.rowid, d.id, d.title, d.publisher, d.species, d.state, d.updated_at, d.risk, d.bytes from dataset_text t join dataset d on d.id = t.id;
drop index dataset_slim;
drop index dataset_text_owner;
create trigger dataset_key_new after insert on dataset_text begin
  insert into dataset_key select new.rowid, d.id, d.title, d.publisher, d.species, d.state, d.updated_at, d.risk, d.bytes from dataset d where d.id = new.id;
end;
create trigger dataset_key_gone after delete on dataset_text begin
  delete from dataset_key where number = old.rowid;
end;
create trigger dataset_key_changed after update of title, publisher, species, state, updated_at, risk, bytes on dataset begin
  update dataset_key set title = new.title, publisher = new.publisher, species = new.species, state = new.state, updated_at = new.updated_at, risk = new.risk, bytes = new.bytes
    where number = (select t.rowid from dataset_text t where t.id = new.id);
end;

-- How many datasets each lab, each species and each member has, kept by triggers like the other counts.
create table facet_count (kind text not null, value text not null, datasets integer not null, primary key (kind, value)) without rowid;
insert into facet_count select 'publisher', publisher, count(*) from dataset group by publisher;
insert into facet_count select 'species', species, count(*) from dataset group by species;
insert into facet_count select 'member', member, count(*) from (select distinct member, dataset from replica) group by member;
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
create trigger replica_faceted after insert on replica when not exists (select 1 from replica r where r.dataset = new.dataset and r.member = new.member and r.node <> new.node) begin
  insert into facet_count values ('member', new.member, 1) on conflict do update set datasets = datasets + 1;
end;
create trigger replica_unfaceted after delete on replica when not exists (select 1 from replica r where r.dataset = old.dataset and r.member = old.member) begin
  update facet_count set datasets = datasets - 1 where kind = 'member' and value = old.member;
end;
create trigger replica_moved after update of member on replica when old.member <> new.member begin
  update facet_count set datasets = datasets - 1
    where kind = 'member' and value = old.member and not exists (select 1 from replica r where r.dataset = old.dataset and r.member = old.member);
  insert into facet_count select 'member', new.member, 1 where not exists (select 1 from replica r where r.dataset = new.dataset and r.member = new.member and r.node <> new.node)
    on conflict do update set datasets = datasets + 1;
end;
