-- Of several records that the centre holds under one id_daerah, all but the one that changed last. A table of
-- its own, so that the planner knows how few they are. A hash under which two keys stand costs a sort of
-- their few rows, and changes nothing.
with berulang as (
    select hashtextextended(id_daerah, 0) as sidik
    from {{ ref("int_konsolidasi__pusat") }}
    where not ditarik and id_daerah is not null
    group by 1
    having count(*) > 1
),

urut as (
    select
        pusat.domain,
        pusat.id_siapkerja,
        row_number() over (
            partition by pusat.domain, pusat.id_daerah
            order by pusat.diubah_pada desc, pusat.versi desc, pusat.id_siapkerja
        ) as urutan
    from {{ ref("int_konsolidasi__pusat") }} as pusat
    inner join berulang on hashtextextended(pusat.id_daerah, 0) = berulang.sidik
    where not pusat.ditarik
)

select
    domain,
    id_siapkerja
from urut
where urutan > 1
