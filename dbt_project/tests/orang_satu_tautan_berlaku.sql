-- A link leads to a person, never to another link: whoever follows one is there.
select berlaku.asal_id
from {{ ref("fct_penggabungan_orang") }} as berlaku
inner join {{ ref("fct_penggabungan_orang") }} as lanjutan
    on berlaku.orang_id = lanjutan.asal_id and not lanjutan.dicabut
where not berlaku.dicabut
