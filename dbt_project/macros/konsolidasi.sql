{#-
  The six domains of the consolidation, as (name on the wire, mart, judged model, identifier of the subject, its key in
  the judged model, date that the record tells of, whether SIAPkerja's record says where the subject lives).
-#}
{% macro domain_konsolidasi() -%}
    {{ return([
        ("pencari-kerja", "dim_pencari_kerja", "int_pencari_kerja__dinilai", "orang", "pencari_kerja_id", true),
        ("pemberi-kerja", "dim_pemberi_kerja", "int_pemberi_kerja__dinilai", "nib", "pemberi_kerja_id", true),
        ("lowongan", "fct_lowongan", "int_lowongan__dinilai", none, "lowongan_id", true),
        ("penduduk-bekerja", "fct_penduduk_bekerja", "int_penduduk_bekerja__dinilai", "orang",
            "penduduk_bekerja_id", true),
        ("pelatihan", "fct_peserta_pelatihan", "int_peserta_pelatihan__dinilai", "orang",
            "peserta_pelatihan_id", false),
        ("penempatan", "fct_penempatan", "int_penempatan__dinilai", "orang", "penempatan_id", false),
    ]) }}
{%- endmacro %}

{#- The kecamatan of a village code as the reports name it: '3325KK', luar_kabupaten, or tidak_diketahui. -#}
{% macro kecamatan_laporan(kode) -%}
    case
        when coalesce(length({{ kode }}), 0) < 6 then 'tidak_diketahui'
        when left({{ kode }}, 4) <> '{{ var("kode_wilayah") }}' then 'luar_kabupaten'
        else left({{ kode }}, 6)
    end
{%- endmacro %}

{#- Facts that both sides hold of a record, by domain: (field at SIAPkerja, column of the mart). -#}
{% macro bidang_konsolidasi(nama) -%}
    {{ return({
        "pencari-kerja": [
            ("tanggal_lahir", "tanggal_lahir"), ("jenis_kelamin", "jenis_kelamin"), ("kode_wilayah", "kode_wilayah"),
            ("pendidikan", "pendidikan"), ("jurusan", "jurusan"), ("tahun_lulus", "tahun_lulus"),
            ("disabilitas", "disabilitas"), ("status_bekerja", "status_bekerja"),
            ("kode_jabatan_diminati", "kode_jabatan_diminati"), ("versi_kbji", "versi_kbji"),
            ("luar_negeri", "luar_negeri"), ("tanggal_daftar", "tanggal_daftar"),
            ("tanggal_kedaluwarsa", "tanggal_kedaluwarsa"), ("status", "status"),
        ],
        "pemberi-kerja": [
            ("nama", "nama"), ("nib", "nib"), ("npwp", "npwp"), ("kode_wlkp", "kode_wlkp"),
            ("kode_kbli", "kode_kbli"), ("versi_kbli", "versi_kbli"), ("kode_wilayah", "kode_wilayah"),
            ("tenaga_kerja_l", "tenaga_kerja_l"), ("tenaga_kerja_p", "tenaga_kerja_p"),
        ],
        "lowongan": [
            ("id_daerah_pemberi_kerja", "id_daerah_pemberi_kerja"), ("judul", "judul"),
            ("kode_jabatan", "kode_jabatan"), ("versi_kbji", "versi_kbji"), ("jumlah_l", "jumlah_l"),
            ("jumlah_p", "jumlah_p"), ("jumlah_bebas", "jumlah_bebas"),
            ("pendidikan_minimal", "pendidikan_minimal"), ("upah_min", "upah_min"), ("upah_max", "upah_max"),
            ("kode_wilayah", "kode_wilayah"), ("tanggal_buka", "tanggal_buka"),
            ("tanggal_tutup", "tanggal_tutup"), ("terisi", "terisi"), ("status", "status"),
        ],
        "penduduk-bekerja": [
            ("tanggal_lahir", "tanggal_lahir"), ("jenis_kelamin", "jenis_kelamin"), ("kode_wilayah", "kode_wilayah"),
            ("pendidikan", "pendidikan"), ("id_daerah_pemberi_kerja", "id_daerah_pemberi_kerja"),
            ("kode_kbli", "kode_kbli"), ("versi_kbli", "versi_kbli"), ("kode_jabatan", "kode_jabatan"),
            ("versi_kbji", "versi_kbji"), ("status_pekerjaan", "status_pekerjaan"),
            ("tanggal_mulai", "tanggal_mulai"), ("jam_kerja_seminggu", "jam_kerja_seminggu"),
        ],
        "pelatihan": [
            ("tanggal_lahir", "tanggal_lahir"), ("jenis_kelamin", "jenis_kelamin"), ("program", "program"),
            ("kejuruan", "kejuruan"), ("lembaga", "lembaga"), ("sumber_dana", "sumber_dana"),
            ("tanggal_mulai", "tanggal_mulai"), ("tanggal_selesai", "tanggal_selesai"),
            ("jam_pelatihan", "jam_pelatihan"), ("hasil", "hasil"), ("nomor_sertifikat", "nomor_sertifikat"),
        ],
        "penempatan": [
            ("tanggal_lahir", "tanggal_lahir"), ("jenis_kelamin", "jenis_kelamin"), ("pendidikan", "pendidikan"),
            ("disabilitas", "disabilitas"), ("id_daerah_pemberi_kerja", "id_daerah_pemberi_kerja"),
            ("nama_pemberi_kerja", "nama_pemberi_kerja"), ("id_daerah_lowongan", "id_daerah_lowongan"),
            ("jenis_penerima", "jenis_penerima"), ("kode_jabatan", "kode_jabatan"), ("versi_kbji", "versi_kbji"),
            ("jenis_antar_kerja", "jenis_antar_kerja"), ("kode_wilayah_penempatan", "kode_wilayah_penempatan"),
            ("negara", "negara"), ("tanggal_mulai", "tanggal_mulai"), ("upah", "upah"),
        ],
    }[nama]) }}
{%- endmacro %}

{#- The classification versions of a record, where its domain has any. -#}
{% macro versi_klasifikasi(nama) -%}
    {%- set kolom = [] -%}
    {%- for bidang, asal in bidang_konsolidasi(nama) if bidang.startswith("versi_") -%}
        {%- do kolom.append("coalesce(" ~ asal ~ ", '')") -%}
    {%- endfor -%}
    {{ kolom | join(" || '/' || ") or "''" }}
{%- endmacro %}

{#-
  How the consolidation is planned: it joins both sides whole, by hash, whatever the planner takes the size of a step
  in between for; it sorts and hashes a million records in memory; it uses every core, although each step hands on
  as many rows as it reads; and its tables are read whole, so a small sample says enough about them.
-#}
{% macro rencana_konsolidasi() -%}
    set local enable_nestloop = off; set local enable_mergejoin = off; set local work_mem = '256MB';
    set local parallel_tuple_cost = 0; set local parallel_setup_cost = 0; set local default_statistics_target = 10
{%- endmacro %}
