#include <stdlib.h>
#include <string.h>

#include "lib/message/envelope.h"

static const struct {
	const char *one; /* with its article */
	size_t max; /* bytes of DER */
} kinds[CSG_NKIND] = { [CSG_POLICY] = { "a policy", 4 * 1024 * 1024 + 65536 },
	[CSG_REQUEST] = { "a request", CSG_MAX_MESSAGE },
	[CSG_ENDORSEMENT] = { "an endorsement", 512 * 1024 },
	[CSG_SEAL] = { "a seal", CSG_MAX_MESSAGE },
	[CSG_ACT] = { "an act", 256 * 1024 },
	[CSG_RECEIPT] = { "a receipt", 176 * 1024 },
	[CSG_EXPORT] = { "an export", 64 * 1024 } };

const char *
csg_kind_one(enum csg_kind kind)
{
	return kinds[kind].one;
}

const char *
csg_kind_word(enum csg_kind kind)
{
	return strchr(kinds[kind].one, ' ') + 1;
}

size_t
csg_kind_max(enum csg_kind kind)
{
	return kinds[kind].max;
}

static bool
find_kind(struct csg_der type, enum csg_kind *kind)
{
	struct csg_oid o;
	unsigned k;

	for (k = 1; k < CSG_NKIND; k++) {
		o = csg_oid_own(k);
		if (csg_der_is(type, o.b, o.len)) {
			*kind = (enum csg_kind)k;
			return true;
		}
	}
	return false;
}

/* Parse e->der into the other fields, which point into it. */
static enum csg_rc
parse(struct csg_envelope *e, struct csg_err *err)
{
	enum csg_rc rc;

	if ((rc = csg_cms_parse(e->der.data, e->der.len, &e->cms, err)) !=
	    CSG_OK)
		return rc;
	if (!find_kind(e->cms.type, &e->kind))
		return csg_fail(
		    err, CSG_R_TYPE, "a CMS signature, but not a csg message");
	if (!e->cms.attached || e->cms.content.len == 0)
		return csg_fail(err, CSG_R_PARSE, "%s without content",
		    csg_kind_one(e->kind));
	if (e->der.len > csg_kind_max(e->kind))
		return csg_fail(err, CSG_R_PARSE,
		    "%s can have at most %zu bytes", csg_kind_one(e->kind),
		    csg_kind_max(e->kind));
	e->content = (const char *)e->cms.content.p;
	e->len = e->cms.content.len;
	e->time = e->cms.time;
	return csg_id_mem(e->content, e->len, &e->id, err);
}

enum csg_rc
csg_envelope_parse(
    const void *der, size_t len, struct csg_envelope **out, struct csg_err *err)
{
	struct csg_envelope *e;
	enum csg_rc rc;

	*out = NULL;
	if (len > CSG_MAX_MESSAGE)
		return csg_fail(err, CSG_R_PARSE,
		    "a message can have at most %d bytes", CSG_MAX_MESSAGE);
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return csg_fail_mem(err);
	csg_buf_add(&e->der, der, len);
	if ((rc = csg_buf_ok(&e->der, err)) != CSG_OK ||
	    (rc = parse(e, err)) != CSG_OK) {
		csg_envelope_free(e);
		return rc;
	}
	*out = e; /* transferred */
	return CSG_OK;
}

static enum csg_rc
check_signature(
    const struct csg_envelope *e, const struct csg_cert *c, struct csg_err *err)
{
	struct csg_digest d;
	enum csg_rc rc;

	if ((rc = csg_digest_mem(e->cms.alg, e->content, e->len, &d, err)) !=
		CSG_OK ||
	    (rc = csg_cms_verify(&e->cms, c, &d, err)) != CSG_OK)
		return rc;
	return csg_cert_valid_at(c, e->time, "the signer", err);
}

enum csg_rc
csg_envelope_verify(
    const struct csg_envelope *e, const struct csg_cert *c, struct csg_err *err)
{
	struct csg_check check = { .cert = c->sha256 };
	struct csg_err result = { 0 };
	enum csg_rc rc;

	if (e->verified == NULL)
		return check_signature(e, c, err);
	if ((rc = csg_id_mem(e->der.data, e->der.len, &check.bytes, err)) !=
	    CSG_OK)
		return rc;
	if (!csg_verified_find(e->verified, &check, &result)) {
		(void)check_signature(e, c, &result);
		csg_verified_keep(e->verified, &check, &result);
	}
	if (result.rc != CSG_OK && err != NULL)
		*err = result;
	return result.rc;
}

enum csg_rc
csg_envelope_make(const struct csg_signer_key *k, enum csg_kind kind,
    const struct csg_buf *content, int64_t time, struct csg_envelope **out,
    struct csg_err *err)
{
	struct csg_oid type = csg_oid_own(kind);
	struct csg_der body = { content->data, content->len };
	struct csg_digest d;
	struct csg_buf der = { 0 };
	enum csg_rc rc;

	*out = NULL;
	if ((rc = csg_digest_mem(k->cert->alg, body.p, body.len, &d, err)) ==
		CSG_OK &&
	    (rc = csg_cms_make(k, &type, &body, &d, time, NULL, &der, err)) ==
		CSG_OK)
		rc = csg_envelope_parse(der.data, der.len, out, err);
	csg_buf_free(&der);
	return rc;
}

enum csg_rc
csg_envelope_remember(const struct csg_envelope *e, const struct csg_cert *c,
    struct csg_verified *v, struct csg_err *err)
{
	struct csg_check check = { .cert = c->sha256 };
	struct csg_err result = { 0 };
	enum csg_rc rc;

	if ((rc = csg_id_mem(e->der.data, e->der.len, &check.bytes, err)) !=
	    CSG_OK)
		return rc;
	(void)csg_cert_valid_at(c, e->time, "the signer", &result);
	csg_verified_keep(v, &check, &result);
	return CSG_OK;
}

void
csg_envelope_armor(const struct csg_envelope *e, struct csg_buf *out)
{
	csg_armor_write(out, e->der.data, e->der.len);
}

void
csg_envelope_free(struct csg_envelope *e)
{
	if (e == NULL)
		return;
	csg_buf_free(&e->der);
	free(e);
}
