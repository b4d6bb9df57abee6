-- How many datasets each lab, each species and each member has, kept by triggers like the other counts.
create table facet_count (kind text collate "C" not null, value text collate "C" not null, datasets bigint not null, primary key (kind, value));
insert into facet_count select 'publisher', publisher, count(*) from dataset group by publisher;
insert into facet_count select 'species', species, count(*) from dataset group by species;
insert into facet_count select 'member', member, count(distinct dataset) from replica group by member;

create function dataset_faceted() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    insert into facet_count as c
      select k, v, count(*) from (select 'publisher' as k, publisher as v from new_rows union all select 'species', species from new_rows) x group by 1, 2 order by 1, 2
      on conflict (kind, value) do update set datasets = c.datasets + excluded.datasets;
  end if;
  if tg_op <> 'INSERT' then
    insert into facet_count as c
      select k, v, -count(*) from (select 'publisher' as k, publisher as v from old_rows union all select 'species', species from old_rows) x group by 1, 2 order by 1, 2
      on conflict (kind, value) do update set datasets = c.datasets + excluded.datasets;
  end if;
  return null;
end $$;
create trigger dataset_faceted_new after insert on dataset referencing new table as new_rows for each statement execute function dataset_faceted();
create trigger dataset_faceted_gone after delete on dataset referencing old table as old_rows for each statement execute function dataset_faceted();
create trigger dataset_faceted_changed after update on dataset referencing old table as old_rows new table as new_rows for each statement execute function dataset_faceted();

-- A dataset counts once for a member, however many of the member's nodes keep it: what a statement added or took away counts where it was the first or the last.
create function replica_faceted() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into facet_count as c
      select 'member', member, count(*) from (
        select n.member, n.dataset from new_rows n group by 1, 2
        having count(*) = (select count(*) from replica r where r.dataset = n.dataset and r.member = n.member)) x
      group by 2 order by 2
      on conflict (kind, value) do update set datasets = c.datasets + excluded.datasets;
  else
    insert into facet_count as c
      select 'member', member, -count(*) from (
        select distinct o.member, o.dataset from old_rows o where not exists (select 1 from replica r where r.dataset = o.dataset and r.member = o.member)) x
      group by 2 order by 2
      on conflict (kind, value) do update set datasets = c.datasets + excluded.datasets;
  end if;
  return null;
end $$;
create trigger replica_faceted_new after insert on replica referencing new table as new_rows for each statement execute function replica_faceted();
create trigger replica_faceted_gone after delete on replica referencing old table as old_rows for each statement execute function replica_faceted();
