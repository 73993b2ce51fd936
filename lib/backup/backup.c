/* Reading and opening a backup; backup_make.c makes one. */
#include <stdlib.h>
#include <string.h>

#include "lib/codec/armor.h"
#include "lib/backup/backup_text.h"
#include "lib/crypto/cms.h"

/* ---- the file ---- */

/* The content of a ContentInfo of id-data (RFC 5652 section 4). */
static bool
take_data(const struct csg_buf *block, struct csg_der *text)
{
	struct csg_der in = { block->data, block->len }, seq, type, body;

	return csg_der_take(&in, CSG_DER_SEQ, &seq) && in.len == 0 &&
	    csg_der_take(&seq, CSG_DER_OID, &type) &&
	    csg_der_is(type, csg_oid_data.b, csg_oid_data.len) &&
	    csg_der_take(&seq, CSG_DER_CONTEXT(0), &body) && seq.len == 0 &&
	    csg_der_take(&body, CSG_DER_OCTETS, text) && body.len == 0;
}

static enum csg_rc
read_header(struct csg_armor *r, struct csg_backup *b, struct csg_err *err)
{
	struct csg_buf block = { 0 };
	struct csg_der text;
	unsigned line = 0;
	bool more;
	enum csg_rc rc;

	if ((rc = csg_armor_next(r, &block, &line, &more, err)) == CSG_OK) {
		if (!more || !take_data(&block, &text))
			rc = csg_fail(err, CSG_R_TYPE, "not a csg backup");
		else
			rc = csg_backup_read_header(b, text.p, text.len, err);
	}
	csg_buf_free(&block);
	return rc;
}

/* The place for a block with this digest; NULL if there is none or it is
 * taken. */
static struct csg_buf *
place_of(struct csg_backup *b, const struct csg_id *id)
{
	unsigned i;

	if (csg_id_equal(id, &b->content_id))
		return b->content.len == 0 ? &b->content : NULL;
	for (i = 0; i < b->n; i++)
		if (csg_id_equal(id, &b->v[i].block_id))
			return b->v[i].block.len == 0 ? &b->v[i].block : NULL;
	return NULL;
}

/* The header names all other blocks by digest, so a damaged one is unknown. */
static enum csg_rc
read_blocks(struct csg_armor *r, struct csg_backup *b, struct csg_err *err)
{
	struct csg_buf block = { 0 }, *place;
	struct csg_id id;
	unsigned line = 0;
	bool more;
	enum csg_rc rc;

	while ((rc = csg_armor_next(r, &block, &line, &more, err)) == CSG_OK &&
	    more &&
	    (rc = csg_id_mem(block.data, block.len, &id, err)) == CSG_OK) {
		if ((place = place_of(b, &id)) == NULL) {
			rc = csg_fail(err, CSG_R_PARSE,
			    "line %u: this block does not belong to this backup, occurs twice, or is damaged",
			    line);
			break;
		}
		*place = block; /* transferred */
		memset(&block, 0, sizeof(block));
	}
	csg_buf_free(&block);
	if (rc == CSG_OK && b->content.len == 0)
		rc = csg_fail(err, CSG_R_PARSE,
		    "the contents are missing; the file may be truncated");
	return rc;
}

enum csg_rc
csg_backup_read(
    const char *text, size_t len, struct csg_backup **out, struct csg_err *err)
{
	struct csg_backup *b;
	struct csg_armor r;
	size_t size;
	enum csg_rc rc;

	*out = NULL;
	if ((b = calloc(1, sizeof(*b))) == NULL)
		return csg_fail_mem(err);
	csg_armor_init(&r, text, len);
	if ((rc = read_header(&r, b, err)) != CSG_OK ||
	    (rc = read_blocks(&r, b, err)) != CSG_OK)
		goto out;
	size = b->n * sizeof(*b->shares);
	if ((b->shares = OPENSSL_secure_zalloc(size)) == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	*out = b;
	b = NULL; /* transferred */
out:
	csg_backup_free(b);
	return rc;
}

void
csg_backup_free(struct csg_backup *b)
{
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < b->n; i++) {
		free(b->v[i].name);
		csg_buf_free(&b->v[i].block);
	}
	for (i = 0; b->suspended != NULL && b->suspended[i] != NULL; i++)
		free(b->suspended[i]);
	OPENSSL_secure_clear_free(b->shares, b->n * sizeof(*b->shares));
	csg_buf_free(&b->content);
	free(b->suspended);
	free(b->token);
	free(b->v);
	free(b);
}

/* ---- shares ---- */

unsigned
csg_backup_custodian(const struct csg_backup *b, const struct csg_id *spki)
{
	unsigned i;

	for (i = 0; i < b->n && !csg_id_equal(spki, &b->v[i].spki); i++)
		;
	return i;
}

/* Decrypt a share; its text is in secure memory only. */
static enum csg_rc
open_share(const struct csg_backup *b, unsigned i,
    const struct csg_decrypt_key *key, struct csg_share *s, struct csg_err *err)
{
	const struct csg_buf *block = &b->v[i].block;
	char *text;
	size_t len;
	enum csg_rc rc;

	if (block->len == 0)
		return csg_fail(err, CSG_R_PARSE, "missing from the file");
	if ((text = OPENSSL_secure_zalloc(CSG_SHARE_TEXT)) == NULL)
		return csg_fail_mem(err);
	s->x = i + 1;
	if ((rc = key->decrypt(key->arg, block->data, block->len,
		 (unsigned char *)text, CSG_SHARE_TEXT, &len, err)) == CSG_OK)
		rc = csg_backup_read_share(b, text, len, s, err);
	OPENSSL_secure_clear_free(text, CSG_SHARE_TEXT);
	return rc;
}

enum csg_rc
csg_backup_share(struct csg_backup *b, unsigned i,
    const struct csg_decrypt_key *key, struct csg_err *err)
{
	struct csg_custodian *c = &b->v[i];

	if (c->here)
		return CSG_OK;
	if (open_share(b, i, key, &b->shares[b->nshares], err) != CSG_OK)
		return csg_err_prefix(err, "share of %s: ", c->name);
	b->nshares++;
	c->here = true;
	return CSG_OK;
}

/* ---- contents ---- */

/* Append "alice, bob": custodians whose shares are open, or whose shares are in
 * the file but not open. */
static void
list_names(const struct csg_backup *b, bool here, const char *glue,
    struct csg_buf *out)
{
	unsigned i;

	for (i = 0; i < b->n; i++)
		if (b->v[i].here == here && b->v[i].block.len > 0)
			csg_buf_printf(out, "%s%s", out->len > 0 ? glue : "",
			    b->v[i].name);
}

static enum csg_rc
too_few(const struct csg_backup *b, struct csg_err *err)
{
	struct csg_buf names = { 0 };
	enum csg_rc rc;

	list_names(b, false, " or ", &names);
	rc = csg_fail(err, CSG_R_QUORUM, "custodians %u/%u: %s", b->nshares,
	    b->need, csg_buf_str(&names));
	csg_buf_free(&names);
	return rc;
}

/* Use all shares, even if fewer are enough, so that a wrong one is noticed. */
static enum csg_rc
decrypt(const struct csg_backup *b, struct csg_buf *out, struct csg_err *err)
{
	struct csg_buf names = { 0 };
	unsigned char *key;
	enum csg_rc rc;

	if ((key = OPENSSL_secure_zalloc(CSG_KEK_LEN)) == NULL)
		return csg_fail_mem(err);
	csg_shares_combine(b->shares, b->nshares, key);
	rc = csg_decrypt_kek(b->content.data, b->content.len, key, out, err);
	OPENSSL_secure_clear_free(key, CSG_KEK_LEN);
	if (rc == CSG_REFUSED) {
		list_names(b, true, ", ", &names);
		rc = csg_fail(err, CSG_R_SIGNATURE,
		    "the shares of %s don't open the contents: one of them was not made for this backup",
		    csg_buf_str(&names));
		csg_buf_free(&names);
	}
	return rc;
}

enum csg_rc
csg_backup_open(
    struct csg_backup *b, struct csg_files *files, struct csg_err *err)
{
	struct csg_buf archive = { 0 };
	struct csg_files all = { 0 };
	const struct csg_file *f;
	size_t i;
	enum csg_rc rc;

	if (b->nshares < b->need)
		return too_few(b, err);
	if ((rc = decrypt(b, &archive, err)) == CSG_OK &&
	    (rc = csg_tar_read(
		 archive.data, archive.len, b->time, &all, err)) == CSG_OK)
		rc = csg_backup_read_manifest(b, &all, err);
	for (i = 1; rc == CSG_OK && i < all.n; i++) {
		f = &all.v[i];
		rc = csg_files_add(
		    files, f->name, f->data.data, f->data.len, err);
	}
	csg_files_free(&all);
	csg_buf_free(&archive);
	return rc;
}
