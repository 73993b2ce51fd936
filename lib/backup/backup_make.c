/* Making a backup; backup.c reads it. */
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/rand.h>

#include "lib/codec/armor.h"
#include "lib/backup/backup_text.h"

/* State while a backup is made. */
struct making {
	const struct csg_backup_plan *plan;
	struct csg_backup *b;
	unsigned char *key; /* secure memory, like b->shares */
	struct csg_buf archive; /* plain text of the contents */
};

/* Fill in everything in the header except the digests. */
static enum csg_rc
describe(struct making *m, struct csg_err *err)
{
	const struct csg_backup_plan *p = m->plan;
	struct csg_backup *b = m->b;
	unsigned i;
	enum csg_rc rc;

	b->time = p->time;
	b->need = p->need;
	b->token = strdup(p->token);
	b->v = calloc(p->n > 0 ? p->n : 1, sizeof(*b->v));
	if (b->token == NULL || b->v == NULL)
		return csg_fail_mem(err);
	for (; b->n < p->n; b->n++) {
		i = b->n;
		if ((rc = csg_cert_valid_at(
			 p->certs[i], p->time, p->names[i], err)) != CSG_OK)
			return rc;
		if ((b->v[i].name = strdup(p->names[i])) == NULL)
			return csg_fail_mem(err);
		b->v[i].spki = p->certs[i]->spki;
	}
	return csg_backup_check(b, err);
}

static enum csg_rc
copy_suspended(struct making *m, struct csg_err *err)
{
	char *const *from = m->plan->suspended;
	size_t n = 0, i;

	while (from != NULL && from[n] != NULL)
		n++;
	m->b->suspended = calloc(n + 1, sizeof(*m->b->suspended));
	if (m->b->suspended == NULL)
		return csg_fail_mem(err);
	for (i = 0; i < n; i++)
		if ((m->b->suspended[i] = strdup(from[i])) == NULL)
			return csg_fail_mem(err);
	return CSG_OK;
}

/* Generate the key, its identifier and its shares. */
static enum csg_rc
draw_key(struct making *m, struct csg_err *err)
{
	struct csg_backup *b = m->b;

	m->key = OPENSSL_secure_zalloc(CSG_KEK_LEN);
	b->shares = OPENSSL_secure_zalloc(b->n * sizeof(*b->shares));
	if (m->key == NULL || b->shares == NULL)
		return csg_fail_mem(err);
	if (RAND_priv_bytes(m->key, CSG_KEK_LEN) != 1 ||
	    RAND_bytes(b->key_id, sizeof(b->key_id)) != 1)
		return csg_fail_ssl(
		    err, CSG_R_IO, "can't generate a random key");
	return csg_shares_split(m->key, b->need, b->shares, b->n, err);
}

/* Write the manifest and then the files as one archive. */
static enum csg_rc
pack(struct making *m, struct csg_err *err)
{
	const struct csg_files *files = m->plan->files;
	struct csg_files all = { 0 };
	struct csg_buf manifest = { 0 };
	const struct csg_file *f;
	size_t i;
	enum csg_rc rc;

	if ((rc = csg_backup_write_manifest(m->b, files, &manifest, err)) ==
	    CSG_OK)
		rc = csg_files_add(
		    &all, CSG_MANIFEST, manifest.data, manifest.len, err);
	for (i = 0; rc == CSG_OK && i < files->n; i++) {
		f = &files->v[i];
		rc = csg_files_add(
		    &all, f->name, f->data.data, f->data.len, err);
	}
	if (rc == CSG_OK)
		rc = csg_tar_write(&all, m->b->time, &m->archive, err);
	csg_files_free(&all);
	csg_buf_free(&manifest);
	return rc;
}

static enum csg_rc
encrypt_content(struct making *m, struct csg_err *err)
{
	struct csg_backup *b = m->b;
	enum csg_rc rc;

	if ((rc = csg_encrypt_kek(m->key, b->key_id, m->archive.data,
		 m->archive.len, &b->content, err)) == CSG_OK)
		rc = csg_id_mem(
		    b->content.data, b->content.len, &b->content_id, err);
	return rc;
}

static enum csg_rc
encrypt_share(struct making *m, unsigned i, struct csg_err *err)
{
	struct csg_custodian *c = &m->b->v[i];
	char *text;
	size_t len;
	enum csg_rc rc;

	if ((text = OPENSSL_secure_zalloc(CSG_SHARE_TEXT)) == NULL)
		return csg_fail_mem(err);
	if ((len = csg_backup_write_share(m->b, &m->b->shares[i], text)) == 0)
		rc = csg_fail_mem(err);
	else if ((rc = csg_encrypt_to(
		      m->plan->certs[i], text, len, &c->block, err)) != CSG_OK)
		(void)csg_err_prefix(err, "share of %s: ", c->name);
	else
		rc = csg_id_mem(c->block.data, c->block.len, &c->block_id, err);
	OPENSSL_secure_clear_free(text, CSG_SHARE_TEXT);
	return rc;
}

/* Append the header as ContentInfo of id-data, armoured. */
static enum csg_rc
put_header(const struct making *m, struct csg_buf *out, struct csg_err *err)
{
	struct csg_buf text = { 0 };
	CMS_ContentInfo *ci = NULL;
	BIO *in = NULL;
	unsigned char *der = NULL;
	int n = -1;
	enum csg_rc rc;

	csg_backup_write_header(m->b, &text);
	if ((rc = csg_buf_ok(&text, err)) == CSG_OK &&
	    (in = BIO_new_mem_buf(text.data, (int)text.len)) != NULL &&
	    (ci = CMS_data_create(in, CMS_BINARY)) != NULL)
		n = i2d_CMS_ContentInfo(ci, &der);
	if (n > 0)
		csg_armor_write(out, der, (size_t)n);
	else if (rc == CSG_OK)
		rc = csg_fail_ssl(err, CSG_R_IO, "can't encode the header");
	OPENSSL_free(der);
	CMS_ContentInfo_free(ci);
	BIO_free(in);
	csg_buf_free(&text);
	return rc;
}

static enum csg_rc
put_all(struct making *m, struct csg_buf *out, struct csg_err *err)
{
	struct csg_backup *b = m->b;
	unsigned i;
	enum csg_rc rc;

	for (i = 0; i < b->n; i++)
		if ((rc = encrypt_share(m, i, err)) != CSG_OK)
			return rc;
	if ((rc = put_header(m, out, err)) != CSG_OK)
		return rc;
	csg_armor_write(out, b->content.data, b->content.len);
	for (i = 0; i < b->n; i++)
		csg_armor_write(out, b->v[i].block.data, b->v[i].block.len);
	return csg_buf_ok(out, err);
}

/*
 * A backup that can't be restored is worse than none: read it, and open it with
 * the last shares, as many as are required.
 */
static enum csg_rc
try_it(struct making *m, const struct csg_buf *text, struct csg_id *id,
    struct csg_err *err)
{
	struct csg_backup *b = NULL;
	struct csg_files files = { 0 };
	struct csg_err why = { 0 };
	unsigned i, first = m->b->n - m->b->need;

	if (csg_backup_read((const char *)text->data, text->len, &b, &why) ==
	    CSG_OK) {
		for (i = first; i < b->n; i++)
			b->shares[b->nshares++] = m->b->shares[i];
		(void)csg_backup_open(b, &files, &why);
		*id = b->id;
	}
	if (why.rc == CSG_OK && files.n != m->plan->files->n)
		(void)csg_fail(&why, CSG_R_SELFTEST, "files are missing");
	csg_files_free(&files);
	csg_backup_free(b);
	return why.rc == CSG_OK ?
	    CSG_OK :
	    csg_fail(err, CSG_R_SELFTEST,
		"the backup just made can't be restored: %s", why.text);
}

enum csg_rc
csg_backup_make(const struct csg_backup_plan *plan, struct csg_buf *text,
    struct csg_id *id, struct csg_err *err)
{
	struct making m = { .plan = plan };
	struct csg_buf made = { 0 };
	enum csg_rc rc;

	if ((m.b = calloc(1, sizeof(*m.b))) == NULL)
		return csg_fail_mem(err);
	if ((rc = describe(&m, err)) == CSG_OK &&
	    (rc = copy_suspended(&m, err)) == CSG_OK &&
	    (rc = draw_key(&m, err)) == CSG_OK &&
	    (rc = pack(&m, err)) == CSG_OK &&
	    (rc = encrypt_content(&m, err)) == CSG_OK &&
	    (rc = put_all(&m, &made, err)) == CSG_OK &&
	    (rc = try_it(&m, &made, id, err)) == CSG_OK) {
		csg_buf_add(text, made.data, made.len);
		rc = csg_buf_ok(text, err);
	}
	OPENSSL_secure_clear_free(m.key, CSG_KEK_LEN);
	csg_buf_free(&m.archive);
	csg_buf_free(&made);
	csg_backup_free(m.b);
	return rc;
}
