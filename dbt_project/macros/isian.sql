{#-
  The row contract, value by value: how each column of a dataset is read, and which rule speaks for it. Entries are
  (column, how it is read, rule, {options}): `wajib` an empty cell is a fault; `lampau` it may not lie in the future;
  `hasil` the judged column that is NULL where no code fits.
-#}
{% macro isian_orang(d) -%}
    {{ return([
        ("nik", "nik", d ~ "_A01", {"susunan": d ~ "_A02"}),
        ("tanggal_lahir", "tanggal", d ~ "_A05", {"wajib": true, "lampau": true}),
        ("jenis_kelamin", "kode", d ~ "_A06", {"wajib": true, "hasil": "jenis_kelamin"}),
        ("nama_lengkap", "ada", d ~ "_A07", {}),
    ]) }}
{%- endmacro %}

{% macro isian_catatan(d) -%}
    {{ return([
        ("id", "bilangan", d ~ "_A00", {"wajib": true}),
        ("updated_at", "waktu", d ~ "_T00", {"wajib": true, "lampau": true}),
    ]) }}
{%- endmacro %}

{% macro daftar_isian() -%}
    {%- set wajib = {"wajib": true} -%}
    {{ return([
        ("pencari_kerja", isian_catatan("PK") + isian_orang("PK") + [
            ("pendidikan_terakhir", "kode", "PK_A10", {"wajib": true, "hasil": "pendidikan"}),
            ("disabilitas", "kode", "PK_A11", {"wajib": true, "hasil": "disabilitas"}),
            ("status_bekerja", "kode", "PK_A12", {"wajib": true, "hasil": "status_bekerja"}),
            ("kode_wilayah_domisili", "kode", "PK_A13", {"wajib": true, "hasil": "kode_wilayah"}),
            ("tanggal_daftar", "tanggal", "PK_A14", {"wajib": true, "lampau": true}),
            ("status", "kode", "PK_A15", {"wajib": true, "hasil": "status"}),
            ("tanggal_lapor_terakhir", "tanggal", "PK_A24", {}),
            ("tanggal_kedaluwarsa", "tanggal", "PK_A24", {}),
            ("tanggal_dihapus", "tanggal", "PK_A24", {}),
            ("no_hp", "sah", "PK_A19", {}),
            ("email", "sah", "PK_A19", {}),
            ("upah_diharapkan", "rupiah", "PK_A20", {}),
            ("tahun_lulus", "bilangan", "PK_A21", {}),
            ("kode_jabatan_diminati", "kode", "PK_A22", {"hasil": "kode_jabatan_diminati"}),
            ("pengalaman_tahun", "bilangan", "PK_A25", {}),
        ]),
        ("pemberi_kerja", isian_catatan("PB") + [
            ("nama", "teks", "PB_A01", wajib),
            ("kode_kbli", "kode", "PB_A02", {"wajib": true, "hasil": "kode_kbli"}),
            ("kode_wilayah", "kode", "PB_A03", {"wajib": true, "hasil": "kode_wilayah"}),
            ("nib", "pola", "PB_A04", {"wajib": true, "hasil": "nib"}),
            ("npwp", "pola", "PB_A05", {"hasil": "npwp"}),
            ("tenaga_kerja_l", "bilangan", "PB_A09", {}),
            ("tenaga_kerja_p", "bilangan", "PB_A09", {}),
            ("tenaga_kerja_disabilitas", "bilangan", "PB_A09", {}),
            ("email", "pola", "PB_A10", {"hasil": "email"}),
            ("hp_kontak", "sah", "PB_A10", {}),
        ]),
        ("lowongan", isian_catatan("LW") + [
            ("pemberi_kerja_id", "bilangan", "LW_A01", wajib),
            ("judul", "teks", "LW_A03", wajib),
            ("kode_jabatan", "kode", "LW_A04", {"wajib": true, "hasil": "kode_jabatan"}),
            ("kode_wilayah", "kode", "LW_A05", {"wajib": true, "hasil": "kode_wilayah"}),
            ("jumlah_l", "bilangan", "LW_A06", {}),
            ("jumlah_p", "bilangan", "LW_A06", {}),
            ("jumlah_bebas", "bilangan", "LW_A06", {}),
            ("tanggal_buka", "tanggal", "LW_A07", wajib),
            ("tanggal_tutup", "tanggal", "LW_A07", wajib),
            ("status", "kode", "LW_A09", {"wajib": true, "hasil": "status"}),
            ("usia_min", "bilangan", "LW_A10", {}),
            ("usia_max", "bilangan", "LW_A10", {}),
            ("terisi_l", "bilangan", "LW_A11", {}),
            ("terisi_p", "bilangan", "LW_A11", {}),
            ("upah_min", "rupiah", "LW_A14", {}),
            ("upah_max", "rupiah", "LW_A14", {}),
            ("pendidikan_minimal", "kode", "LW_A16", {"hasil": "pendidikan_minimal"}),
            ("tanggal_terpenuhi", "tanggal", "LW_A17", {}),
            ("tanggal_dihapus", "tanggal", "LW_A17", {}),
            ("pengalaman_min_tahun", "bilangan", "LW_A18", {}),
        ]),
        ("lamaran", isian_catatan("LM") + [
            ("pencari_kerja_id", "bilangan", "LM_A01", wajib),
            ("lowongan_id", "bilangan", "LM_A02", wajib),
            ("tanggal_lamar", "tanggal", "LM_A03", {"wajib": true, "lampau": true}),
            ("status", "kode", "LM_A04", {"wajib": true, "hasil": "status"}),
            ("tanggal_status", "tanggal", "LM_A05", {}),
        ]),
        ("pelatihan", isian_catatan("PL") + [
            ("nama_program", "teks", "PL_A01", wajib),
            ("lembaga", "teks", "PL_A02", wajib),
            ("sumber_dana", "kode", "PL_A03", {"wajib": true, "hasil": "sumber_dana"}),
            ("tanggal_mulai", "tanggal", "PL_A04", wajib),
            ("tanggal_selesai", "tanggal", "PL_A11", {}),
            ("tahun_anggaran", "bilangan", "PL_A06", {}),
            ("pagu", "rupiah", "PL_A06", {}),
            ("realisasi", "rupiah", "PL_A06", {}),
            ("jam_pelatihan", "bilangan", "PL_A06", {}),
            ("kuota", "bilangan", "PL_A06", {}),
            ("kode_wilayah", "kode", "PL_R01", {"wajib": true, "hasil": "kode_wilayah"}),
        ]),
        ("peserta_pelatihan", isian_catatan("PP") + isian_orang("PP") + [
            ("pelatihan_id", "bilangan", "PP_A10", wajib),
            ("status", "kode", "PP_A12", {"wajib": true, "hasil": "hasil"}),
            ("tanggal_sertifikat", "tanggal", "PP_A14", {"lampau": true}),
            ("pendidikan_terakhir", "kode", "PP_A16", {"wajib": true, "hasil": "pendidikan"}),
            ("kode_wilayah", "kode", "PP_A17", {"wajib": true, "hasil": "kode_wilayah"}),
        ]),
        ("penempatan", isian_catatan("PN") + isian_orang("PN") + [
            ("pencari_kerja_id", "bilangan", "PN_A10", {}),
            ("tanggal_mulai", "tanggal", "PN_A12", {"wajib": true, "lampau": true}),
            ("kode_jabatan", "kode", "PN_A14", {"wajib": true, "hasil": "kode_jabatan"}),
            ("jenis_penerima", "kode", "PN_A15", {"wajib": true, "hasil": "jenis_penerima"}),
            ("jenis_antar_kerja", "kode", "PN_A16", {"wajib": true, "hasil": "jenis_antar_kerja"}),
            ("nama_pemberi_kerja", "teks", "PN_A17", wajib),
            ("lowongan_id", "bilangan", "PN_A18", {}),
            ("pemberi_kerja_id", "bilangan", "PN_A18", {}),
            ("upah", "rupiah", "PN_A21", {}),
            ("negara", "kode", "PN_A24", {"hasil": "negara"}),
            ("kode_wilayah_penempatan", "kode", "PN_A24", {"hasil": "kode_wilayah_penempatan"}),
            ("tanggal_lapor", "tanggal", "PN_A25", {}),
        ]),
        ("penduduk_bekerja", isian_catatan("KJ") + isian_orang("KJ") + [
            ("kode_wilayah", "kode", "KJ_A10", {"wajib": true, "hasil": "kode_wilayah"}),
            ("kode_kbli", "kode", "KJ_A11", {"wajib": true, "hasil": "kode_kbli"}),
            ("kode_jabatan", "kode", "KJ_A12", {"wajib": true, "hasil": "kode_jabatan"}),
            ("status_pekerjaan", "kode", "KJ_A13", {"wajib": true, "hasil": "status_pekerjaan"}),
            ("tanggal_mulai", "tanggal", "KJ_A15", {"lampau": true}),
            ("tanggal_mulai", "tanggal", "KJ_A22", {}),
            ("tanggal_selesai", "tanggal", "KJ_A22", {}),
            ("tanggal_pendataan", "tanggal", "KJ_A22", {}),
            ("pemberi_kerja_id", "bilangan", "KJ_A16", {}),
            ("upah", "rupiah", "KJ_A18", {}),
            ("jam_kerja_seminggu", "bilangan", "KJ_A19", {}),
            ("pendidikan_terakhir", "kode", "KJ_A21", {"wajib": true, "hasil": "pendidikan"}),
        ]),
    ]) }}
{%- endmacro %}

{#- The rule about texts, which also speaks for what the door noted of a value; applications have no free text. -#}
{% macro aturan_teks(d) -%}
    {{ return({
        "pencari_kerja": "PK_A09", "pemberi_kerja": "PB_A06", "lowongan": "LW_A15", "lamaran": "LM_A04",
        "pelatihan": "PL_A09", "peserta_pelatihan": "PP_A09", "penempatan": "PN_A09", "penduduk_bekerja": "KJ_A09",
    }[d]) }}
{%- endmacro %}

{#-
  What is wrong with one value of the raw row `mentah`, judged as `dinilai`; NULL where nothing is. Dates, times and money
  were read for the judgement under the same name: read here once more, they would be most of the query.
-#}
{% macro jenis_isian(kolom, cara, aturan, pilihan) -%}
    {%- set nilai, dibaca = "mentah." ~ kolom, "dinilai." ~ kolom -%}
    {%- set kosong = "nullif(btrim(" ~ nilai ~ "), '') is null" -%}
    {%- if cara == "nik" -%}
        case
            when dinilai.nik_panjang is null then 'kosong'
            when dinilai.nik_angka then 'berupa_bilangan'
            when dinilai.nik_panjang <> 16 then 'jumlah_angka'
        end
    {%- elif cara == "susunan" -%}
        case when dinilai.nik_panjang = 16 and not dinilai.nik_angka and not dinilai.nik_struktur_sah then 'mustahil' end
    {%- elif cara == "ada" -%}
        case when not mentah.{{ kolom }}_ada then 'kosong' end
    {%- elif cara == "sah" -%}
        case when mentah.{{ kolom }}_ada and not mentah.{{ kolom }}_sah then 'bentuk' end
    {%- else -%}
        case
            when {{ kosong }} then {{ "'kosong'" if pilihan.get("wajib") else "null" }}
            {% if cara in ("tanggal", "waktu") -%}
            when {{ dibaca }} is null
                then case
                    when
                        lower(btrim({{ nilai }}))
                        ~ '^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}[- ]+[a-z]{3,9}\.?[- ]+\d{4})'
                        then 'mustahil'
                    else 'bentuk'
                end
            {% if pilihan.get("lampau") -%}
            when {{ dibaca }} > {{ hari_ini() if cara == "tanggal" else sekarang() }} then 'masa_depan'
            {%- endif %}
            {%- elif cara == "bilangan" -%}
            when {{ baca_bilangan(nilai) }} is null then 'bentuk'
            when {{ baca_bilangan(nilai) }} not between 0 and 2147483647 then 'mustahil'
            {%- elif cara == "rupiah" -%}
            when {{ dibaca }} is null then 'bentuk'
            {%- elif cara == "kode" -%}
            when dinilai.{{ pilihan["hasil"] }} is null then 'kode_tak_dikenal'
            {%- elif cara == "pola" -%}
            when dinilai.{{ pilihan["hasil"] }} is null then 'bentuk'
            {%- endif %}
        end
    {%- endif -%}
{%- endmacro %}
