-- Which members keep a dataset, beside the words it is found by: the facets of a search looked up five replicas for each of a thousand matches. Kept by triggers, as silos of before write
-- replicas only; a statement changes each row once, and rows whose members stay are left alone. The table is written anew: changed row by row it would be twice as long afterwards.
lock table dataset_text, replica in access exclusive mode;
create table dataset_text_new (
  id text collate "C" not null, words tsvector not null, title text not null default '', publisher text collate "C" not null default '', species text collate "C" not null default '',
  state text not null default '', updated_at bigint not null default 0, risk double precision not null default 0, bytes bigint not null default 0, members text[] collate "C" not null default '{}'
) with (fillfactor = 80);
insert into dataset_text_new
  select t.id, t.words, t.title, t.publisher, t.species, t.state, t.updated_at, t.risk, t.bytes, coalesce(m.members, '{}')
  from dataset_text t left join (select dataset, array_agg(distinct member order by member) as members from replica group by dataset) m on m.dataset = t.id;
drop table dataset_text;
alter table dataset_text_new rename to dataset_text;
alter table dataset_text add constraint dataset_text_pkey primary key (id);
create index dataset_by_words on dataset_text using gin (words) with (gin_pending_list_limit = 64);

-- Words that come after the replicas (a text that is written again) have them too.
create or replace function dataset_text_keyed() returns trigger language plpgsql as $$
declare d record;
begin
  select title, publisher, species, state, updated_at, risk, bytes into d from dataset where id = new.id;
  if found then
    new.title := d.title; new.publisher := d.publisher; new.species := d.species; new.state := d.state; new.updated_at := d.updated_at; new.risk := d.risk; new.bytes := d.bytes;
  end if;
  new.members := coalesce((select array_agg(distinct r.member order by r.member) from replica r where r.dataset = new.id), '{}');
  return new;
end $$;
create trigger dataset_text_keyed before insert on dataset_text for each row execute function dataset_text_keyed();

create function replica_rekeyed() returns trigger language plpgsql as $$
begin
  update dataset_text t set members = m.members
    from (select c.dataset, coalesce(array_agg(distinct r.member order by r.member) filter (where r.member is not null), '{}') as members
          from (select distinct dataset from changed_rows) c left join replica r on r.dataset = c.dataset group by c.dataset) m
    where t.id = m.dataset and t.members <> m.members;
  return null;
end $$;
create trigger replica_rekeyed_new after insert on replica referencing new table as changed_rows for each statement execute function replica_rekeyed();
create trigger replica_rekeyed_gone after delete on replica referencing old table as changed_rows for each statement execute function replica_rekeyed();
