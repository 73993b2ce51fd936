/* Listing the private keys of a token, for csg-token list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/asn1.h>

#include "lib/token/token_p11.h"

static const char *
curve_of(const struct csg_buf *params)
{
	static const struct {
		int nid;
		const char *name;
	} curves[] = {
		{ NID_X9_62_prime256v1, "p256" },
		{ NID_secp384r1, "p384" },
		{ NID_secp521r1, "p521" },
	};
	const unsigned char *p = params->data;
	ASN1_OBJECT *o = d2i_ASN1_OBJECT(NULL, &p, (long)params->len);
	int nid = o != NULL ? OBJ_obj2nid(o) : NID_undef;
	size_t i;

	ASN1_OBJECT_free(o);
	ERR_clear_error();
	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].nid == nid)
			return curves[i].name;
	return "?";
}

static void
describe_type(struct csg_token *t, const struct csg_p11_key *k, char out[16])
{
	struct csg_buf v = { 0 };
	size_t skip = 0;

	(void)snprintf(out, 16, "?");
	if (k->type == CKK_RSA &&
	    csg_p11_attr(t, k->object, CKA_MODULUS, &v) == CKR_OK) {
		while (skip < v.len && v.data[skip] == 0)
			skip++;
		(void)snprintf(out, 16, "rsa%zu", (v.len - skip) * 8 % 100000);
	} else if (k->type == CKK_EC &&
	    csg_p11_attr(t, k->object, CKA_EC_PARAMS, &v) == CKR_OK)
		(void)snprintf(out, 16, "%s", curve_of(&v));
	csg_buf_free(&v);
}

static void
add_mechanism(struct csg_buf *out, CK_MECHANISM_TYPE m)
{
	static const struct {
		CK_MECHANISM_TYPE m;
		const char *name;
	} names[] = {
		{ CKM_RSA_PKCS, "CKM_RSA_PKCS" },
		{ CKM_RSA_PKCS_PSS, "CKM_RSA_PKCS_PSS" },
		{ CKM_RSA_X_509, "CKM_RSA_X_509" },
		{ CKM_ECDSA, "CKM_ECDSA" },
	};
	size_t i;

	if (out->len > 0)
		csg_buf_puts(out, " ");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].m == m) {
			csg_buf_puts(out, names[i].name);
			return;
		}
	csg_buf_printf(out, "0x%lx", m);
}

static void
describe_mechanisms(
    struct csg_token *t, const struct csg_p11_key *k, char *out, size_t size)
{
	struct csg_buf list = { 0 }, text = { 0 };
	CK_MECHANISM_TYPE m;
	CK_RV rv = csg_p11_attr(t, k->object, CKA_ALLOWED_MECHANISMS, &list);
	size_t i;

	for (i = 0; rv == CKR_OK && list.len - i >= sizeof(m); i += sizeof(m)) {
		memcpy(&m, list.data + i, sizeof(m));
		add_mechanism(&text, m);
	}
	(void)snprintf(out, size, "%s",
	    text.len > 0 ? csg_buf_str(&text) :
		rv == CKR_OK || rv == CKR_ATTRIBUTE_TYPE_INVALID ? "any" :
								   "?");
	csg_buf_free(&text);
	csg_buf_free(&list);
}

static bool
has_cert(struct csg_token *t, const struct csg_p11_key *k)
{
	struct csg_p11_search what = { CKO_CERTIFICATE, NULL, NULL, 0 };
	CK_OBJECT_HANDLE *found = NULL;
	size_t n = 0;

	if (k->id.len == 0)
		return false;
	what.id = k->id.data;
	what.id_len = k->id.len;
	(void)csg_p11_find(t, &what, &found, &n, NULL);
	free(found);
	return n > 0;
}

/* 1, 0, or -1 if it can't be read. */
static int
read_flag(
    struct csg_token *t, const struct csg_p11_key *k, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL b = CK_FALSE;
	CK_ATTRIBUTE at = { type, &b, sizeof(b) };
	CK_RV rv;

	csg_p11_read(t, k->object, &at, &rv, 1);
	return rv == CKR_OK && at.ulValueLen == sizeof(b) ? b != CK_FALSE : -1;
}

static void
describe(struct csg_token *t, const struct csg_p11_key *k,
    struct csg_token_key_info *out)
{
	size_t i;

	(void)snprintf(
	    out->label, sizeof(out->label), "%s", csg_buf_str(&k->label));
	for (i = 0; i < k->id.len && i * 2 + 2 < sizeof(out->id); i++)
		(void)snprintf(out->id + i * 2, 3, "%02x", k->id.data[i]);
	describe_type(t, k, out->type);
	describe_mechanisms(t, k, out->mechanisms, sizeof(out->mechanisms));
	out->local = read_flag(t, k, CKA_LOCAL) == 1;
	out->sensitive = read_flag(t, k, CKA_SENSITIVE) == 1;
	out->always_sensitive = read_flag(t, k, CKA_ALWAYS_SENSITIVE) == 1;
	out->extractable = read_flag(t, k, CKA_EXTRACTABLE) != 0;
	out->never_extractable = read_flag(t, k, CKA_NEVER_EXTRACTABLE) == 1;
	out->sign = read_flag(t, k, CKA_SIGN) == 1;
	out->decrypt = read_flag(t, k, CKA_DECRYPT) != 0;
	out->unwrap = read_flag(t, k, CKA_UNWRAP) != 0;
	out->has_cert = has_cert(t, k);
	out->good = (k->type == CKK_RSA || k->type == CKK_EC) &&
	    (csg_p11_key_check(t, k, false, NULL) == CSG_OK ||
		csg_p11_key_check(t, k, true, NULL) == CSG_OK) &&
	    csg_p11_key_check_login(t, k, NULL) == CSG_OK;
}

static int
by_label(const void *a, const void *b)
{
	const struct csg_token_key_info *x = a, *y = b;
	int c = strcmp(x->label, y->label);

	return c != 0 ? c : strcmp(x->id, y->id);
}

enum csg_rc
csg_token_list(struct csg_token *t, struct csg_token_key_info **out, size_t *n,
    struct csg_err *err)
{
	struct csg_p11_search what = { CKO_PRIVATE_KEY, NULL, NULL, 0 };
	struct csg_token_key_info *list = NULL;
	struct csg_p11_key k = { 0 };
	CK_OBJECT_HANDLE *found = NULL;
	size_t i, count = 0;
	enum csg_rc rc;

	*out = NULL;
	*n = 0;
	if ((rc = csg_p11_ready(t, err)) != CSG_OK ||
	    (rc = csg_p11_find(t, &what, &found, &count, err)) != CSG_OK)
		goto out;
	if ((list = calloc(count + 1, sizeof(*list))) == NULL) {
		rc = csg_fail_mem(err);
		goto out;
	}
	for (i = 0; i < count; i++) {
		if ((rc = csg_p11_key_read(t, found[i], &k, err)) != CSG_OK)
			goto out;
		describe(t, &k, &list[i]);
		csg_p11_key_free(&k);
	}
	qsort(list, count, sizeof(*list), by_label);
	*out = list;
	list = NULL; /* transferred */
	*n = count;
out:
	free(list);
	free(found);
	return rc;
}
