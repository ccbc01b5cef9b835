-- The centre's records as they now stand, withdrawn ones among them. Only records of which several versions
-- came are sorted; hashes find them, since whole numbers compare many times faster than keys that begin
-- alike.
{% for nama, mart, dinilai, pengenal, kunci, berwilayah in domain_konsolidasi() %}
    {% set tabel = source("siapkerja", "siapkerja__" ~ nama | replace("-", "_")) %}
    (
        with berversi as (
            select hashtextextended(id, 0) as sidik
            from {{ tabel }}
            group by 1
            having count(*) > 1
        ),

        terakhir as (
            select distinct on (versi.id)
                versi.id,
                versi._versi
            from {{ tabel }} as versi
            inner join berversi on hashtextextended(versi.id, 0) = berversi.sidik
            order by versi.id asc, versi.diubah_pada::timestamptz desc, versi._versi desc
        )

        select
            '{{ nama }}' as domain,
            asal.id as id_siapkerja,
            asal._versi as versi,
            asal.id_daerah,
            -- Only an entry of the centre is found by its subject; what we sent is found by its own key.
            {% if pengenal == "orang" %}
                case
                    when
                        asal.id_daerah is null
                        and asal.nik_panjang = 16
                        and asal.nik_angka is not true
                        and asal.nik_struktur_sah
                        then asal.orang_token
                end as pengenal,
            {% elif pengenal %}
                case when asal.id_daerah is null then asal.{{ pengenal }} end as pengenal,
            {% else %}
                null::text as pengenal,
            {% endif %}
            coalesce(asal.ditarik = 'true', false) as ditarik,
            coalesce(
                asal._catatan is not null
                and exists (
                    select 1 from unnest(asal._catatan) as catatan (isi)
                    where catatan.isi like 'tidak_terbaca:%'
                ),
                false
            ) as dikarantina,
            asal.diubah_pada::timestamptz as diubah_pada,
            asal.sidik_data,
            {{ kecamatan_laporan("asal.kode_wilayah" if berwilayah else "null::text") }} as kode_kecamatan,
            {{ "coalesce(asal.sumber_dana = 'APBD', false)" if nama == "pelatihan" else "false" }} as apbd,
            {% if nama == "pencari-kerja" %}
                coalesce(
                    asal.tanggal_kedaluwarsa < {{ hari_ini() }}::text
                    and asal.tanggal_kedaluwarsa ~ '^\d{4}-\d\d-\d\d$',
                    false
                ) as lewat,
            {% else %}
                false as lewat,
            {% endif %}
            {% if nama in ("pencari-kerja", "lowongan") %}
                coalesce(asal.status = 'DIHAPUS', false) as di_luar_definisi,
            {% else %}
                false as di_luar_definisi,
            {% endif %}
            {{ versi_klasifikasi(nama) }} as versi_klasifikasi
        from {{ tabel }} as asal
        left join terakhir on asal.id = terakhir.id
        where terakhir.id is null or asal._versi = terakhir._versi
    )
    {{ "union all" if not loop.last }}
{% endfor %}
