-- What a search sorts and narrows by, beside the words it is found by: else each of a thousand matches is looked up by its id in another, wider table. Kept by triggers, as silos of
-- before write words only. Rows leave room on their page, so that a change of these columns does not touch the index of words.
alter table dataset_text
  add column title text not null default '', add column publisher text collate "C" not null default '', add column species text collate "C" not null default '',
  add column state text not null default '', add column updated_at bigint not null default 0, add column risk double precision not null default 0, add column bytes bigint not null default 0;
alter table dataset_text set (fillfactor = 80);
update dataset_text t set title = d.title, publisher = d.publisher, species = d.species, state = d.state, updated_at = d.updated_at, risk = d.risk, bytes = d.bytes
  from dataset d where d.id = t.id;

create function dataset_text_keyed() returns trigger language plpgsql as $$
declare d record;
begin
  select title, publisher, species, state, updated_at, risk, bytes into d from dataset where id = new.id;
  if found then
    new.title := d.title; new.publisher := d.publisher; new.species := d.species; new.state := d.state; new.updated_at := d.updated_at; new.risk := d.risk; new.bytes := d.bytes;
  end if;
  return new;
end $$;
create trigger dataset_text_keyed before insert on dataset_text for each row execute function dataset_text_keyed();

create function dataset_rekeyed() returns trigger language plpgsql as $$
begin
  update dataset_text t set title = n.title, publisher = n.publisher, species = n.species, state = n.state, updated_at = n.updated_at, risk = n.risk, bytes = n.bytes
    from new_rows n
    where t.id = n.id and (t.title, t.publisher, t.species, t.state, t.updated_at, t.risk, t.bytes) is distinct from (n.title, n.publisher, n.species, n.state, n.updated_at, n.risk, n.bytes);
  return null;
end $$;
create trigger dataset_rekeyed after update on dataset referencing new table as new_rows for each statement execute function dataset_rekeyed();

-- New words wait in a list that every search reads whole: 64 KB of it instead of 4 MB.
alter index dataset_by_words set (gin_pending_list_limit = 64);
