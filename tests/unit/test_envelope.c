/*
 * The CMS profile: messages taken apart, changed in one place, put together
 * and, where the signature covers the place, signed again by the same key.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/self.h"
#include "lib/message/envelope.h"
#include "lib/base/io.h"
#include "tests/unit/unit.h"

#define NOW 1795500000 /* 2026-11-24 */

/* ---- DER as a tree ---- */

enum form { MINIMAL, LONG, INDEFINITE };

struct node {
	int tag;
	enum form form; /* of its length */
	struct csg_buf data; /* of a primitive */
	struct node **kid;
	size_t n;
};

static struct node *
prim(int tag, const void *data, size_t len)
{
	struct node *n = calloc(1, sizeof(*n));

	n->tag = tag;
	csg_buf_add(&n->data, data, len);
	return n;
}

static void
insert(struct node *in, size_t at, struct node *kid)
{
	in->kid = realloc(in->kid, (in->n + 1) * sizeof(*in->kid));
	memmove(
	    in->kid + at + 1, in->kid + at, (in->n - at) * sizeof(*in->kid));
	in->kid[at] = kid; /* transferred */
	in->n++;
}

static void
node_free(struct node *n)
{
	while (n->n > 0)
		node_free(n->kid[--n->n]);
	free(n->kid);
	csg_buf_free(&n->data);
	free(n);
}

static void
drop(struct node *in, size_t at)
{
	node_free(in->kid[at]);
	in->n--;
	memmove(
	    in->kid + at, in->kid + at + 1, (in->n - at) * sizeof(*in->kid));
}

static struct node *
take(struct csg_der *in)
{
	struct node *n;
	struct csg_der body;
	int tag = csg_der_peek(in);

	if (!CHECK(csg_der_take(in, tag, &body)))
		exit(1);
	if ((tag & 0x20) == 0)
		return prim(tag, body.p, body.len);
	n = prim(tag, "", 0);
	while (body.len > 0)
		insert(n, n->n, take(&body));
	return n;
}

static struct node *
tree(const void *der, size_t len)
{
	struct csg_der in = { der, len };

	return take(&in);
}

static void
put(struct csg_buf *out, const struct node *n)
{
	struct csg_buf body = { 0 };
	unsigned char head[6] = { (unsigned char)n->tag, 0x84 };
	size_t i, from;

	csg_buf_add(&body, n->data.data, n->data.len);
	for (i = 0; i < n->n; i++)
		put(&body, n->kid[i]);
	for (i = 0; i < 4; i++)
		head[2 + i] = (unsigned char)(body.len >> (24 - 8 * i));
	if (n->form == INDEFINITE) {
		head[1] = 0x80;
		csg_buf_add(out, head, 2);
	} else if (n->form == LONG)
		csg_buf_add(out, head, 6);
	else if (body.len < 0x80) {
		head[1] = (unsigned char)body.len;
		csg_buf_add(out, head, 2);
	} else {
		for (from = 2; head[from] == 0; from++)
			;
		head[1] = (unsigned char)(0x86 - from);
		csg_buf_add(out, head, 2);
		csg_buf_add(out, head + from, 6 - from);
	}
	csg_buf_add(out, body.data, body.len);
	if (n->form == INDEFINITE)
		csg_buf_add(out, "\0", 2);
	csg_buf_free(&body);
}

static struct node *
copy(const struct node *n)
{
	struct csg_buf der = { 0 };
	struct node *c;

	put(&der, n);
	c = tree(der.data, der.len);
	csg_buf_free(&der);
	return c;
}

static void
set(struct node *n, const void *data, size_t len)
{
	csg_buf_free(&n->data);
	csg_buf_add(&n->data, data, len);
}

/* ---- a message as a tree ---- */

struct maker {
	EVP_PKEY *key;
	struct csg_cert *cert;
	struct csg_signer_key k;
	struct csg_envelope *msg;
};

static struct maker ec, other, rsa, pss;

struct doc {
	const struct maker *by;
	struct node *root, *sd, *algs, *encap, *certs, *infos;
	struct node *si, *attrs, *sig_alg, *sig;
	bool keep_order;
};

static const char yaml[] = "csg: request/1\nwhy: because\n";

static bool
make(struct maker *m, EVP_PKEY *key, bool with_pss)
{
	struct csg_buf content = { 0 };
	struct csg_err err = { 0 };
	bool ok;

	m->key = key;
	ok = unit_cert_make(key, with_pss, "/CN=maker", CSG_USE_PERSON,
		 NOW - 86400, NOW + 86400, &m->cert, &err) == CSG_OK;
	m->k = csg_pkey_signer(m->cert, key, with_pss);
	csg_buf_puts(&content, yaml);
	ok = ok &&
	    csg_envelope_make(
		&m->k, CSG_REQUEST, &content, NOW, &m->msg, &err) == CSG_OK;
	csg_buf_free(&content);
	if (!ok)
		printf("# %s\n", err.text);
	return ok;
}

static void
unmake(struct maker *m)
{
	csg_envelope_free(m->msg);
	csg_cert_free(m->cert);
	EVP_PKEY_free(m->key);
}

static void
open_doc(struct doc *d, const struct maker *by, const struct csg_buf *der)
{
	memset(d, 0, sizeof(*d));
	d->by = by;
	d->root = tree(der->data, der->len);
	d->sd = d->root->kid[1]->kid[0];
	d->algs = d->sd->kid[1];
	d->encap = d->sd->kid[2];
	d->certs = d->sd->kid[3];
	d->infos = d->sd->kid[4];
	d->si = d->infos->kid[0];
	d->attrs = d->si->kid[3];
	d->sig_alg = d->si->kid[4];
	d->sig = d->si->kid[5];
}

enum { TYPE = 3, DIGEST = 4, TIME = 5, CERT = 47 }; /* last octet of OID */

static size_t
attr_at(const struct doc *d, int last)
{
	const struct csg_buf *oid;
	size_t i;

	for (i = 0; i < d->attrs->n; i++) {
		oid = &d->attrs->kid[i]->kid[0]->data;
		if (oid->data[oid->len - 1] == last)
			return i;
	}
	CHECK(false); /* no such attribute */
	exit(1);
}

static struct node *
values(const struct doc *d, int last)
{
	return d->attrs->kid[attr_at(d, last)]->kid[1];
}

static void
set_content(struct doc *d, const void *data, size_t len)
{
	struct csg_digest md;

	CHECK(csg_digest_mem(d->by->cert->alg, data, len, &md, NULL) == CSG_OK);
	set(d->encap->kid[1]->kid[0], data, len);
	set(values(d, DIGEST)->kid[0], md.b, csg_alg_len(md.alg));
}

static int
node_cmp(const void *a, const void *b)
{
	struct csg_buf x = { 0 }, y = { 0 };
	int c;

	put(&x, *(struct node *const *)a);
	put(&y, *(struct node *const *)b);
	c = memcmp(x.data, y.data, x.len < y.len ? x.len : y.len);
	csg_buf_free(&x);
	csg_buf_free(&y);
	return c;
}

/* The signature over the attributes as they are now (RFC 5652 section 5.4). */
static void
sign(struct doc *d)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *p;
	struct csg_buf tbs = { 0 };
	unsigned char sig[512];
	size_t len = sizeof(sig);

	if (!d->keep_order && d->attrs->n > 0)
		qsort(d->attrs->kid, d->attrs->n, sizeof(d->attrs->kid[0]),
		    node_cmp);
	d->attrs->tag = CSG_DER_SET;
	put(&tbs, d->attrs);
	d->attrs->tag = CSG_DER_CONTEXT(0);
	CHECK(
	    EVP_DigestSignInit(ctx, &p, EVP_sha256(), NULL, d->by->key) == 1 &&
	    EVP_DigestSign(ctx, sig, &len, tbs.data, tbs.len) == 1);
	set(d->sig, sig, len);
	EVP_MD_CTX_free(ctx);
	csg_buf_free(&tbs);
}

/* ---- verdicts ---- */

static enum csg_rc
judge_bytes(
    const struct maker *m, const void *der, size_t len, struct csg_err *err)
{
	struct csg_envelope *e = NULL;
	enum csg_rc rc;

	memset(err, 0, sizeof(*err));
	rc = csg_envelope_parse(der, len, &e, err);
	CHECK((rc == CSG_OK) == (e != NULL));
	if (rc == CSG_OK)
		rc = csg_envelope_verify(e, m->cert, err);
	CHECK(rc == err->rc && (rc == CSG_OK) == (err->text[0] == '\0'));
	csg_envelope_free(e);
	return rc;
}

/* One change: what it does to a good message, and how that ends. */
struct change {
	int attack;
	const char *what;
	void (*apply)(struct doc *);
	bool sign; /* again */
	enum csg_reason reason;
	const char *text; /* part of the error's */
};

static void
try(const struct maker *m, const struct change *c)
{
	struct csg_buf der = { 0 };
	struct csg_err err;
	struct doc d;

	open_doc(&d, m, &m->msg->der);
	c->apply(&d);
	if (c->sign)
		sign(&d);
	put(&der, d.root);
	(void)judge_bytes(m, der.data, der.len, &err);
	if (!CHECK(
		err.reason == c->reason && strstr(err.text, c->text) != NULL))
		printf("# attack %d: %s: %s '%s', not %s '%s'\n", c->attack,
		    c->what, csg_reason_word(err.reason), err.text,
		    csg_reason_word(c->reason), c->text);
	csg_buf_free(&der);
	node_free(d.root);
}

/* ---- changes ---- */

#define CHANGE(name, change) \
	static void name(struct doc *d) \
	{ \
		change; \
	}

CHANGE(nothing, (void)d)

/* 10 */
CHANGE(long_root, d->root->form = LONG)
CHANGE(long_sd, d->sd->form = LONG)
CHANGE(long_version, d->sd->kid[0]->form = LONG)
CHANGE(long_content, d->encap->kid[1]->kid[0]->form = LONG)
CHANGE(long_sig, d->sig->form = LONG)
CHANGE(long_attrs, d->attrs->form = LONG)
CHANGE(indefinite_root, d->root->form = INDEFINITE)

static void
indefinite_all(struct doc *d)
{
	d->root->form = d->root->kid[1]->form = d->sd->form = INDEFINITE;
	d->encap->form = d->encap->kid[1]->form = INDEFINITE;
}

static void
constructed(struct doc *d)
{
	struct node *wrapped = d->encap->kid[1], *s = prim(0x24, "", 0);

	insert(s, 0, copy(wrapped->kid[0]));
	drop(wrapped, 0);
	insert(wrapped, 0, s);
}

CHANGE(trailing_root, insert(d->root, 2, prim(CSG_DER_NULL, "", 0)))
CHANGE(trailing_wrap, insert(d->root->kid[1], 1, prim(CSG_DER_NULL, "", 0)))
CHANGE(trailing_sd, insert(d->sd, 5, prim(CSG_DER_NULL, "", 0)))
CHANGE(trailing_encap, insert(d->encap, 2, prim(CSG_DER_NULL, "", 0)))
CHANGE(trailing_sid, insert(d->si->kid[1], 2, prim(CSG_DER_NULL, "", 0)))
CHANGE(trailing_sig_alg,
    insert(d->sig_alg, d->sig_alg->n, prim(CSG_DER_NULL, "", 0)))

static void
long_serial(struct doc *d)
{
	struct csg_buf *s = &d->si->kid[1]->kid[1]->data;
	struct csg_buf longer = { 0 };

	csg_buf_add(&longer, "", 1);
	csg_buf_add(&longer, s->data, s->len);
	set(d->si->kid[1]->kid[1], longer.data, longer.len);
	csg_buf_free(&longer);
}

/* 11 */
#define RSADSI "\x2a\x86\x48\x86\xf7\x0d"
#define TYPED(name, oid) \
	static void name(struct doc *d) \
	{ \
		set(d->root->kid[0], oid, sizeof(oid) - 1); \
	}
TYPED(as_data, RSADSI "\1\7\1")
TYPED(as_enveloped, RSADSI "\1\7\3")
TYPED(as_digested, RSADSI "\1\7\5")
TYPED(as_encrypted, RSADSI "\1\7\6")
TYPED(as_compressed, RSADSI "\1\x09\x10\1\x09")
TYPED(as_auth_enveloped, RSADSI "\1\x09\x10\1\x17")

static void
set_type(struct doc *d, const void *oid, size_t len)
{
	set(d->encap->kid[0], oid, len);
	set(values(d, TYPE)->kid[0], oid, len);
}

static void
wrapped(struct doc *d)
{
	const struct csg_buf *msg = &d->by->msg->der;

	set_type(d, RSADSI "\1\7\2", 9);
	set_content(d, msg->data, msg->len);
}

/* 12 */
CHANGE(no_content, drop(d->encap, 1))
CHANGE(empty_content, set_content(d, "", 0))
CHANGE(other_content, set_content(d, "csg: request/1\nwhy: Because\n", 28))
CHANGE(changed_content, d->encap->kid[1]->kid[0]->data.data[16] ^= 0x20)
CHANGE(crlf_content,
    set(d->encap->kid[1]->kid[0], "csg: request/1\r\nwhy: because\r\n", 30))

/* 13 */
static void
no_attrs(struct doc *d)
{
	unsigned char sig[512];
	size_t len = sizeof(sig);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	drop(d->si, 3);
	CHECK(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, d->by->key) ==
		1 &&
	    EVP_DigestSign(ctx, sig, &len, (const unsigned char *)yaml,
		sizeof(yaml) - 1) == 1);
	set(d->sig, sig, len);
	EVP_MD_CTX_free(ctx);
}

CHANGE(stripped_attrs, drop(d->si, 3))

static void
attrs_as_content(struct doc *d)
{
	struct csg_buf der = { 0 };

	d->attrs->tag = CSG_DER_SET;
	put(&der, d->attrs);
	set(d->encap->kid[1]->kid[0], der.data, der.len);
	drop(d->si, 3);
	csg_buf_free(&der);
}

CHANGE(empty_attrs, while (d->attrs->n > 0) drop(d->attrs, 0))

/* 14, 15 */
#define WITHOUT(name, which) \
	static void name(struct doc *d) \
	{ \
		drop(d->attrs, attr_at(d, which)); \
	}
WITHOUT(without_type, TYPE)
WITHOUT(without_digest, DIGEST)
WITHOUT(without_time, TIME)
WITHOUT(without_cert, CERT)

#define TWICE(name, which) \
	static void name(struct doc *d) \
	{ \
		insert(d->attrs, 0, copy(d->attrs->kid[attr_at(d, which)])); \
	}
TWICE(twice_type, TYPE)
TWICE(twice_digest, DIGEST)
TWICE(twice_time, TIME)
TWICE(twice_cert, CERT)

static void
two_digests(struct doc *d)
{
	twice_digest(d);
	values(d, DIGEST)->kid[0]->data.data[0] ^= 1;
}

static void
two_times(struct doc *d)
{
	twice_time(d);
	values(d, TIME)->kid[0]->data.data[11] ^= 1;
}

#define MULTI(name, which) \
	static void name(struct doc *d) \
	{ \
		struct node *v = values(d, which); \
\
		insert(v, 1, copy(v->kid[0])); \
	}
MULTI(multi_type, TYPE)
MULTI(multi_digest, DIGEST)
MULTI(multi_time, TIME)
MULTI(multi_cert, CERT)

#define NO_VALUE(name, which) \
	static void name(struct doc *d) \
	{ \
		drop(values(d, which), 0); \
	}
NO_VALUE(no_type_value, TYPE)
NO_VALUE(no_digest_value, DIGEST)
NO_VALUE(no_time_value, TIME)
NO_VALUE(no_cert_value, CERT)

CHANGE(digest_as_text, values(d, DIGEST)->kid[0]->tag = CSG_DER_UTF8)
CHANGE(digest_short, values(d, DIGEST)->kid[0]->data.len--)
CHANGE(digest_other, values(d, DIGEST)->kid[0]->data.data[31] ^= 1)

static void
type_attr_other(struct doc *d)
{
	struct csg_oid o = csg_oid_own(CSG_ENDORSEMENT);

	set(values(d, TYPE)->kid[0], o.b, o.len);
}

static void
add_attr(struct doc *d, const void *oid, size_t len, const char *text)
{
	struct node *a = prim(CSG_DER_SEQ, "", 0);
	struct node *v = prim(CSG_DER_SET, "", 0);

	insert(v, 0, prim(CSG_DER_UTF8, text, strlen(text)));
	insert(a, 0, prim(CSG_DER_OID, oid, len));
	insert(a, 1, v);
	insert(d->attrs, d->attrs->n, a);
}

CHANGE(unknown_attr, add_attr(d, "\x2a\x03\x04", 3, "x"))
CHANGE(
    evidence_attr, add_attr(d, csg_oid_evidence.b, csg_oid_evidence.len, "x"))

static void
unsorted(struct doc *d)
{
	struct node *first = d->attrs->kid[0];

	d->attrs->kid[0] = d->attrs->kid[1];
	d->attrs->kid[1] = first;
	d->keep_order = true;
}

CHANGE(attr_trailing, insert(d->attrs->kid[0], 2, prim(CSG_DER_NULL, "", 0)))

static void
time_general(struct doc *d)
{
	values(d, TIME)->kid[0]->tag = CSG_DER_GENTIME;
	set(values(d, TIME)->kid[0], "20261124000000Z", 15);
}

CHANGE(time_no_seconds, set(values(d, TIME)->kid[0], "2611240000Z", 11))
CHANGE(time_other, set(values(d, TIME)->kid[0], "261123235959Z", 13))
CHANGE(time_expired, set(values(d, TIME)->kid[0], "271123235959Z", 13))

/* signingCertificateV2: SEQ { SEQ { SEQ { hash, SEQ { SEQ { [4] }, n } } } } */
static struct node *
cert_id(const struct doc *d)
{
	return values(d, CERT)->kid[0]->kid[0]->kid[0];
}

CHANGE(cert_default_alg, insert(cert_id(d), 0, copy(d->algs->kid[0])))
CHANGE(cert_hash_other, cert_id(d)->kid[0]->data.data[0] ^= 1)
CHANGE(cert_hash_short, cert_id(d)->kid[0]->data.len--)
CHANGE(cert_no_issuer, drop(cert_id(d), 1))
CHANGE(cert_other_serial, cert_id(d)->kid[1]->kid[1]->data.data[3] ^= 1)
CHANGE(cert_other_name,
    cert_id(d)->kid[1]->kid[0]->kid[0]->tag = CSG_DER_CONTEXT(5))
CHANGE(cert_two, insert(values(d, CERT)->kid[0]->kid[0], 1, copy(cert_id(d))))
CHANGE(
    cert_policies, insert(values(d, CERT)->kid[0], 1, prim(CSG_DER_SEQ, "", 0)))

/* 16 */
CHANGE(no_signer, drop(d->infos, 0))
CHANGE(same_twice, insert(d->infos, 1, copy(d->si)))

static struct node *
stranger(void)
{
	struct doc d;
	struct node *si;

	open_doc(&d, &other, &other.msg->der);
	si = copy(d.si);
	node_free(d.root);
	return si;
}

CHANGE(stranger_first, insert(d->infos, 0, stranger()))
CHANGE(stranger_last, insert(d->infos, 1, stranger()))

static void
stranger_alone(struct doc *d)
{
	drop(d->infos, 0);
	insert(d->infos, 0, stranger());
}

/* 17 */
static void
unsigned_attr(struct doc *d)
{
	struct node *u = prim(CSG_DER_CONTEXT(1), "", 0);

	insert(u, 0, copy(d->attrs->kid[0]));
	insert(d->si, 6, u);
}

CHANGE(unsigned_none, insert(d->si, 6, prim(CSG_DER_CONTEXT(1), "", 0)))

static void
countersigned(struct doc *d)
{
	struct node *u, *v = prim(CSG_DER_SET, "", 0);
	struct node *a = prim(CSG_DER_SEQ, "", 0);

	insert(v, 0, stranger());
	insert(a, 0, prim(CSG_DER_OID, RSADSI "\1\x09\6", 9));
	insert(a, 1, v);
	u = prim(CSG_DER_CONTEXT(1), "", 0);
	insert(u, 0, a);
	insert(d->si, 6, u);
}

static void
with_crl(struct doc *d)
{
	struct node *crls = prim(CSG_DER_CONTEXT(1), "", 0);

	insert(crls, 0, prim(CSG_DER_SEQ, "", 0));
	insert(d->sd, 4, crls);
}

/* 18 */
CHANGE(no_algs, drop(d->algs, 0))
CHANGE(alg_twice, insert(d->algs, 1, copy(d->algs->kid[0])))

static void
alg_5000(struct doc *d)
{
	int i;

	for (i = 1; i < 5000; i++)
		alg_twice(d);
}

#define ALGS(name, where, oid) \
	static void name(struct doc *d) \
	{ \
		set((where)->kid[0], oid, sizeof(oid) - 1); \
	}
#define SHA "\x60\x86\x48\1\x65\3\4\2"
ALGS(outer_sha384, d->algs->kid[0], SHA "\2")
ALGS(outer_sha224, d->algs->kid[0], SHA "\4")
ALGS(outer_sha3, d->algs->kid[0], SHA "\x08")
ALGS(outer_md5, d->algs->kid[0], "\x2a\x86\x48\x86\xf7\x0d\2\5")
ALGS(outer_sha1, d->algs->kid[0], "\x2b\x0e\3\2\x1a")
ALGS(outer_unknown, d->algs->kid[0], "\x2a\3\4")
ALGS(inner_sha384, d->si->kid[2], SHA "\2")
ALGS(inner_sha1, d->si->kid[2], "\x2b\x0e\3\2\x1a")

CHANGE(outer_null, insert(d->algs->kid[0], 1, prim(CSG_DER_NULL, "", 0)))
CHANGE(inner_null, insert(d->si->kid[2], 1, prim(CSG_DER_NULL, "", 0)))

/* 19 */
CHANGE(sd_version_1, d->sd->kid[0]->data.data[0] = 1)
CHANGE(sd_version_4, d->sd->kid[0]->data.data[0] = 4)
CHANGE(si_version_3, d->si->kid[0]->data.data[0] = 3)

static void
by_key_id(struct doc *d)
{
	si_version_3(d);
	drop(d->si, 1);
	insert(d->si, 1, prim(0x80, "12345678901234567890", 20));
}

static void
type_data(struct doc *d)
{
	set_type(d, csg_oid_data.b, csg_oid_data.len);
	sd_version_1(d);
}

static void
type_unknown(struct doc *d)
{
	struct csg_oid o = csg_oid_own(CSG_NKIND);

	set_type(d, o.b, o.len);
}

CHANGE(type_evidence, set_type(d, csg_oid_evidence.b, csg_oid_evidence.len))

static void
type_unsigned(struct doc *d)
{
	struct csg_oid o = csg_oid_own(CSG_ENDORSEMENT);

	set(d->encap->kid[0], o.b, o.len);
}

/* 20 */
#define SIG_ALG(name, der) \
	static void name(struct doc *d) \
	{ \
		drop(d->si, 4); \
		insert(d->si, 4, tree(der, sizeof(der) - 1)); \
	}
SIG_ALG(ecdsa_sha256, "\x30\x0a\6\x08\x2a\x86\x48\xce\x3d\4\3\2")
SIG_ALG(ecdsa_sha384, "\x30\x0a\6\x08\x2a\x86\x48\xce\x3d\4\3\3")
SIG_ALG(ecdsa_sha1, "\x30\x09\6\7\x2a\x86\x48\xce\x3d\4\1")
SIG_ALG(ecdsa_null, "\x30\x0c\6\x08\x2a\x86\x48\xce\x3d\4\3\2\5\0")
SIG_ALG(rsa_plain, "\x30\x0d\6\x09" RSADSI "\1\1\1\5\0")
SIG_ALG(rsa_no_null, "\x30\x0b\6\x09" RSADSI "\1\1\1")
SIG_ALG(rsa_sha256, "\x30\x0d\6\x09" RSADSI "\1\1\x0b\5\0")
SIG_ALG(rsa_sha384, "\x30\x0d\6\x09" RSADSI "\1\1\x0c\5\0")
SIG_ALG(rsa_sha1, "\x30\x0d\6\x09" RSADSI "\1\1\5\5\0")
SIG_ALG(pss_default, "\x30\x0d\6\x09" RSADSI "\1\1\x0a\x30\0")
SIG_ALG(pss_bare, "\x30\x0b\6\x09" RSADSI "\1\1\x0a")

/* [0] hash, [1] MGF1 and its hash, [2] salt */
#define PSS(hash, mgf, salt) \
	"\x06\x09" RSADSI "\1\1\x0a\x30\x30" \
	"\xa0\x0d\x30\x0b\6\x09" SHA hash "\xa1\x1a\x30\x18\6\x09" RSADSI \
	"\1\1\x08\x30\x0b\6\x09" SHA mgf "\xa2\3\2\1" salt
SIG_ALG(pss_good, "\x30\x3d" PSS("\1", "\1", "\x20"))
SIG_ALG(pss_hash, "\x30\x3d" PSS("\2", "\1", "\x20"))
SIG_ALG(pss_mgf, "\x30\x3d" PSS("\1", "\2", "\x20"))
SIG_ALG(pss_salt, "\x30\x3d" PSS("\1", "\1", "\x14"))
SIG_ALG(pss_salt_zero, "\x30\x3d" PSS("\1", "\1", "\0"))

/* 21 */
CHANGE(sig_empty, set(d->sig, "", 0))
CHANGE(sig_zeros, memset(d->sig->data.data, 0, d->sig->data.len))

static void
sig_one(struct doc *d)
{
	sig_zeros(d);
	d->sig->data.data[d->sig->data.len - 1] = 1;
}

CHANGE(sig_r_s_zero, set(d->sig, "\x30\6\2\1\0\2\1\0", 8))
CHANGE(sig_appended, csg_buf_add(&d->sig->data, "", 1))

static void
sig_prepended(struct doc *d)
{
	struct csg_buf b = { 0 };

	csg_buf_add(&b, "", 1);
	csg_buf_add(&b, d->sig->data.data, d->sig->data.len);
	set(d->sig, b.data, b.len);
	csg_buf_free(&b);
}

/* The same numbers, a longer length. */
static void
sig_ber(struct doc *d)
{
	struct csg_buf b = { 0 };

	csg_buf_add(&b, "\x30\x81", 2);
	csg_buf_add(&b, d->sig->data.data + 1, d->sig->data.len - 1);
	set(d->sig, b.data, b.len);
	csg_buf_free(&b);
}

static void
sig_trailing_inside(struct doc *d)
{
	csg_buf_add(&d->sig->data, "\5", 2);
	d->sig->data.data[1] = (unsigned char)(d->sig->data.data[1] + 2);
}

/* 22 */
CHANGE(no_cert, drop(d->sd, 3))
CHANGE(cert_twice, insert(d->certs, 1, copy(d->certs->kid[0])))

static void
cert_2000(struct doc *d)
{
	int i;

	for (i = 1; i < 2000; i++)
		cert_twice(d);
}

static struct node *
others_cert(void)
{
	return tree(other.cert->der, other.cert->der_len);
}

CHANGE(cert_extra, insert(d->certs, 1, others_cert()))

static void
cert_replaced(struct doc *d)
{
	drop(d->certs, 0);
	insert(d->certs, 0, others_cert());
}

CHANGE(certs_empty, drop(d->certs, 0))
CHANGE(cert_attribute, d->certs->kid[0]->tag = CSG_DER_CONTEXT(2))
/* ---- tables ---- */

#define OK CSG_R_NONE
#define P CSG_R_PARSE
#define A CSG_R_ALG
#define S CSG_R_SIGNATURE

static const struct change structure[] = {
	{ 0, "nothing", nothing, false, OK, "" },
	{ 0, "signed again", nothing, true, OK, "" },
	{ 10, "long length outside", long_root, false, P, "ContentInfo" },
	{ 10, "long length", long_sd, false, P, "of a SignedData" },
	{ 10, "long version", long_version, false, P,
	    "SignedData is malformed" },
	{ 10, "long content", long_content, false, P, "content is malformed" },
	{ 10, "long signature", long_sig, false, P, "signature is malformed" },
	{ 10, "long attributes", long_attrs, false, P, "no signed attr" },
	{ 10, "indefinite", indefinite_root, false, P, "ContentInfo" },
	{ 10, "streamed", indefinite_all, false, P, "ContentInfo" },
	{ 10, "constructed string", constructed, false, P, "content is malf" },
	{ 10, "after SignedData", trailing_wrap, false, P, "of a SignedData" },
	{ 10, "in ContentInfo", trailing_root, false, P, "of a SignedData" },
	{ 10, "in SignedData", trailing_sd, false, P, "no signer" },
	{ 10, "in content", trailing_encap, false, P, "content is malformed" },
	{ 10, "in signer's name", trailing_sid, false, P, "not named by" },
	{ 10, "in algorithm", trailing_sig_alg, false, A, "not in the prof" },
	{ 10, "longer serial", long_serial, true, P, "signingCertificateV2" },
	{ 11, "data", as_data, false, CSG_R_TYPE, "not SignedData" },
	{ 11, "enveloped", as_enveloped, false, CSG_R_TYPE, "not SignedData" },
	{ 11, "digested", as_digested, false, CSG_R_TYPE, "not SignedData" },
	{ 11, "encrypted", as_encrypted, false, CSG_R_TYPE, "not SignedData" },
	{ 11, "compressed", as_compressed, false, CSG_R_TYPE, "not Signed" },
	{ 11, "auth", as_auth_enveloped, false, CSG_R_TYPE, "not Signed" },
	{ 11, "wrapped", wrapped, true, CSG_R_TYPE, "not a csg message" },
	{ 12, "other content", other_content, true, OK, "" },
	{ 12, "no content", no_content, false, P, "without content" },
	{ 12, "empty content", empty_content, true, P, "without content" },
	{ 12, "changed", changed_content, false, CSG_R_DIGEST, "content is" },
	{ 12, "CRLF", crlf_content, false, CSG_R_DIGEST, "content is not" },
	{ 13, "no attributes", no_attrs, false, P, "no signed attributes" },
	{ 13, "stripped", stripped_attrs, false, P, "no signed attributes" },
	{ 13, "as content", attrs_as_content, false, P, "no signed attr" },
	{ 13, "empty", empty_attrs, true, P, "attribute is missing" },
};

static const struct change attributes[] = {
	{ 14, "no type", without_type, true, P, "is missing" },
	{ 14, "no digest", without_digest, true, P, "is missing" },
	{ 14, "no time", without_time, true, P, "is missing" },
	{ 14, "no certificate", without_cert, true, P, "is missing" },
	{ 14, "type twice", twice_type, true, P, "not sorted" },
	{ 14, "digest twice", twice_digest, true, P, "not sorted" },
	{ 14, "certificate twice", twice_cert, true, P, "not sorted" },
	{ 14, "two digests", two_digests, true, P, "occurs twice" },
	{ 14, "two types in one", multi_type, true, P, "contentType" },
	{ 14, "two digests in one", multi_digest, true, P, "messageDigest" },
	{ 14, "two certs in one", multi_cert, true, P, "signingCertificateV2" },
	{ 14, "no type value", no_type_value, true, P, "contentType" },
	{ 14, "no digest value", no_digest_value, true, P, "messageDigest" },
	{ 14, "no cert value", no_cert_value, true, P, "signingCert" },
	{ 14, "text", digest_as_text, true, P, "messageDigest is malformed" },
	{ 14, "short", digest_short, true, P, "messageDigest is malformed" },
	{ 14, "other", digest_other, true, CSG_R_DIGEST, "content is not" },
	{ 14, "other type", type_attr_other, true, P, "contentType attribute" },
	{ 14, "unknown", unknown_attr, true, P, "unknown signed attribute" },
	{ 14, "evidence", evidence_attr, true, P, "unknown signed attribute" },
	{ 14, "unsorted", unsorted, true, P, "not sorted" },
	{ 14, "in attribute", attr_trailing, true, P,
	    "attributes are malformed" },
	{ 15, "other time", time_other, true, OK, "" },
	{ 15, "not valid then", time_expired, true, CSG_R_EXPIRED, "expired" },
	{ 15, "time changed", time_other, false, S, "signature is wrong" },
	{ 15, "time twice", twice_time, true, P, "not sorted" },
	{ 15, "two times", two_times, true, P, "occurs twice" },
	{ 15, "two times in one", multi_time, true, P, "signingTime" },
	{ 15, "no time value", no_time_value, true, P, "signingTime" },
	{ 15, "GeneralizedTime", time_general, true, P, "signingTime is malf" },
	{ 15, "no seconds", time_no_seconds, true, P, "signingTime is malf" },
	{ 14, "no issuer", cert_no_issuer, true, OK, "" },
	{ 14, "default", cert_default_alg, true, P, "encodes a default" },
	{ 14, "other hash", cert_hash_other, true, S,
	    "digest is that of another" },
	{ 14, "short hash", cert_hash_short, true, P, "signingCert" },
	{ 14, "other serial", cert_other_serial, true, P, "signingCert" },
	{ 14, "other name", cert_other_name, true, P, "signingCert" },
	{ 14, "two in one", cert_two, true, P, "signingCert" },
	{ 14, "policies", cert_policies, true, P, "signingCert" },
};

static const struct change signers[] = {
	{ 16, "none", no_signer, false, P, "no signer" },
	{ 16, "twice", same_twice, false, P, "more than one signer" },
	{ 16, "stranger first", stranger_first, false, P, "more than one" },
	{ 16, "stranger last", stranger_last, false, P, "more than one" },
	{ 24, "stranger alone", stranger_alone, false, S, "another cert" },
	{ 17, "unsigned", unsigned_attr, false, P, "unsigned attributes" },
	{ 17, "no unsigned", unsigned_none, false, P, "unsigned attributes" },
	{ 17, "countersigned", countersigned, false, P, "unsigned attr" },
	{ 17, "CRL", with_crl, false, P, "revocation lists" },
	{ 18, "none", no_algs, false, P, "digest algorithm is malformed" },
	{ 18, "twice", alg_twice, false, P, "more than one digest" },
	{ 18, "5000", alg_5000, false, P, "more than one digest" },
	{ 18, "other", outer_sha384, false, P, "digest algorithms differ" },
	{ 18, "MD5", outer_md5, false, A, "not SHA-256" },
	{ 18, "unknown", outer_unknown, false, A, "not SHA-256" },
	{ 18, "NULL", outer_null, false, P, "digest algorithm is malformed" },
	{ 18, "signer's", inner_sha384, false, P, "algorithms differ" },
	{ 18, "signer's NULL", inner_null, false, P, "algorithm is malformed" },
	{ 19, "version 1", sd_version_1, false, P, "SignedData version" },
	{ 19, "version 4", sd_version_4, false, P, "SignedData version" },
	{ 19, "signer's", si_version_3, false, P, "not named by issuer" },
	{ 19, "key id", by_key_id, false, P, "not named by issuer" },
	{ 19, "id-data", type_data, true, CSG_R_TYPE, "not a csg message" },
	{ 19, "no kind", type_unknown, true, CSG_R_TYPE, "not a csg message" },
	{ 19, "evidence", type_evidence, true, CSG_R_TYPE,
	    "not a csg message" },
	{ 19, "other kind", type_unsigned, false, P, "contentType attr" },
	{ 20, "SHA-1", outer_sha1, false, A, "not SHA-256" },
	{ 20, "SHA-224", outer_sha224, false, A, "not SHA-256" },
	{ 20, "SHA3-256", outer_sha3, false, A, "not SHA-256" },
	{ 20, "signer's SHA-1", inner_sha1, false, A, "not SHA-256" },
};

static const struct change signatures[] = {
	{ 20, "its own", ecdsa_sha256, false, OK, "" },
	{ 20, "ECDSA SHA-384", ecdsa_sha384, false, A, "not match the digest" },
	{ 20, "ECDSA SHA-1", ecdsa_sha1, false, A, "not in the profile" },
	{ 20, "ECDSA NULL", ecdsa_null, false, A, "not in the profile" },
	{ 20, "RSA", rsa_plain, false, S, "does not match the key" },
	{ 20, "RSA SHA-256", rsa_sha256, false, S, "does not match the key" },
	{ 20, "PSS", pss_good, false, S, "does not match the key" },
	{ 21, "empty", sig_empty, false, P, "signature is malformed" },
	{ 21, "zeros", sig_zeros, false, S, "signature is wrong" },
	{ 21, "r = s = 0", sig_r_s_zero, false, S, "signature is wrong" },
	{ 21, "appended", sig_appended, false, S, "signature is wrong" },
	{ 21, "prepended", sig_prepended, false, S, "signature is wrong" },
	{ 21, "BER", sig_ber, false, S, "signature is wrong" },
	{ 21, "a third", sig_trailing_inside, false, S, "signature is wrong" },
	{ 22, "no certificate", no_cert, false, OK, "" },
	{ 22, "twice", cert_twice, false, P, "other than the signer's" },
	{ 22, "2000", cert_2000, false, P, "other than the signer's" },
	{ 22, "extra", cert_extra, false, P, "other than the signer's" },
	{ 22, "none in it", certs_empty, false, P, "other than the signer's" },
	{ 22, "attribute", cert_attribute, false, P, "other than the signer" },
	{ 22, "another", cert_replaced, false, S, "another certificate" },
};

static const struct change rsa_only[] = {
	{ 0, "signed again", nothing, true, OK, "" },
	{ 20, "RSA", rsa_plain, false, OK, "" },
	{ 20, "RSA SHA-256", rsa_sha256, false, OK, "" },
	{ 20, "RSA SHA-384", rsa_sha384, false, A, "not match the digest" },
	{ 20, "RSA SHA-1", rsa_sha1, false, A, "not in the profile" },
	{ 20, "RSA, no NULL", rsa_no_null, false, A, "not in the profile" },
	{ 20, "ECDSA", ecdsa_sha256, false, S, "does not match the key" },
	{ 20, "PSS", pss_good, false, S, "signature is wrong" },
	{ 21, "zeros", sig_zeros, false, S, "signature is wrong" },
	{ 21, "one", sig_one, false, S, "signature is wrong" },
	{ 21, "appended", sig_appended, false, S, "signature is wrong" },
	{ 21, "prepended", sig_prepended, false, S, "signature is wrong" },
};

static const struct change pss_only[] = {
	{ 20, "PSS", pss_good, false, OK, "" },
	{ 20, "hash", pss_hash, false, A, "not in the profile" },
	{ 20, "MGF1's hash", pss_mgf, false, A, "not in the profile" },
	{ 20, "salt of 20", pss_salt, false, A, "not in the profile" },
	{ 20, "no salt", pss_salt_zero, false, A, "not in the profile" },
	{ 20, "defaults", pss_default, false, A, "not in the profile" },
	{ 20, "no parameters", pss_bare, false, A, "not in the profile" },
	{ 20, "RSA", rsa_plain, false, S, "signature is wrong" },
	{ 20, "RSA SHA-256", rsa_sha256, false, S, "signature is wrong" },
};

#define RUN(name, m, table) \
	run(name, m, table, sizeof(table) / sizeof((table)[0]))

static void
run(const char *name, const struct maker *m, const struct change *c, size_t n)
{
	size_t i;

	unit_case(name);
	for (i = 0; i < n; i++)
		try(m, &c[i]);
}

/* ---- bytes ---- */

static void
bytes(void)
{
	static unsigned char deep[200000];
	const struct csg_buf *good = &ec.msg->der;
	struct csg_buf b = { 0 };
	struct csg_err err;
	size_t i;

	unit_case("attack 10: no DER, nesting, lengths, bytes behind");
	CHECK(judge_bytes(&ec, good->data, good->len, &err) == CSG_OK);
	csg_buf_add(&b, good->data, good->len);
	csg_buf_add(&b, "", 1);
	CHECK(judge_bytes(&ec, b.data, b.len, &err) == CSG_MALFORMED &&
	    err.reason == CSG_R_PARSE &&
	    strstr(err.text, "after the end") != NULL);
	csg_buf_free(&b);
	for (i = 0; i + 1 < sizeof(deep); i += 2)
		memcpy(deep + i, "\x30\x80", 2);
	CHECK(judge_bytes(&ec, deep, sizeof(deep), &err) == CSG_MALFORMED &&
	    err.reason == CSG_R_PARSE);
	CHECK(judge_bytes(&ec, "\x30\x84\xff\xff\xff\xff\6", 7, &err) ==
		CSG_MALFORMED &&
	    err.reason == CSG_R_PARSE);
	CHECK(judge_bytes(&ec, "", 0, &err) == CSG_MALFORMED &&
	    err.reason == CSG_R_PARSE);
}

/* Detached signatures have evidence only where files are signed. */
static void
evidence(void)
{
	struct csg_oid type = csg_oid_own(CSG_REQUEST);
	struct csg_digest md;
	struct csg_buf out = { 0 };
	struct csg_cms cms;
	struct csg_err err = { 0 };

	unit_case("evidence stands in detached signatures of files alone");
	CHECK(csg_digest_mem(CSG_SHA256, "abc", 3, &md, &err) == CSG_OK);
	CHECK(csg_cms_make(&ec.k, &csg_oid_data, NULL, &md, NOW, NULL, &out,
		  &err) == CSG_OK);
	CHECK(csg_cms_parse(out.data, out.len, &cms, &err) == CSG_OK &&
	    cms.evidence.len == 0);
	csg_buf_free(&out);
	CHECK(csg_cms_make(&ec.k, &csg_oid_data, NULL, &md, NOW, "e", &out,
		  &err) == CSG_OK);
	CHECK(csg_cms_parse(out.data, out.len, &cms, &err) == CSG_OK &&
	    cms.evidence.len == 1 && cms.time == NOW);
	csg_buf_free(&out);
	CHECK(csg_cms_make(&ec.k, &type, NULL, &md, NOW, "e", &out, &err) ==
		CSG_TROUBLE &&
	    err.reason == CSG_R_SELFTEST && out.len == 0 &&
	    strstr(err.text, "unknown signed attribute") != NULL);
	CHECK(csg_cms_make(&ec.k, &csg_oid_data, NULL, &md, NOW, "e\033[m",
		  &out, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_SELFTEST && out.len == 0);
	csg_buf_free(&out);
}

/* The key of one certificate under the name of another. */
static void
selftest(void)
{
	struct csg_signer_key k = csg_pkey_signer(ec.cert, other.key, false);
	struct csg_digest md;
	struct csg_buf out = { 0 };
	struct csg_err err = { 0 };

	unit_case("attack 63: a wrong signature of the key is not let out");
	CHECK(csg_digest_mem(CSG_SHA256, "abc", 3, &md, &err) == CSG_OK);
	CHECK(csg_cms_make(&k, &csg_oid_data, NULL, &md, NOW, NULL, &out,
		  &err) == CSG_TROUBLE &&
	    out.len == 0 && err.text[0] != '\0');
	CHECK(csg_sig_make(&k, &md, &out, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_SELFTEST && out.len == 0);
	k = csg_pkey_signer(ec.cert, ec.key, false);
	CHECK(csg_sig_make(&k, &md, &out, &err) == CSG_OK && out.len > 0);
	csg_buf_free(&out);
}

static void
flips(void)
{
	struct csg_buf b = { 0 };
	struct csg_err err;
	size_t i, bad = 0;
	int bit;

	unit_case("attack 23: every bit of a message counts, and its end");
	csg_buf_add(&b, ec.msg->der.data, ec.msg->der.len);
	for (i = 0; i < b.len; i++)
		for (bit = 0; bit < 8; bit++) {
			b.data[i] ^= (unsigned char)(1 << bit);
			bad += judge_bytes(&ec, b.data, b.len, &err) == CSG_OK;
			b.data[i] ^= (unsigned char)(1 << bit);
		}
	for (i = 0; i < b.len; i++)
		bad += judge_bytes(&ec, b.data, i, &err) == CSG_OK;
	CHECK(bad == 0);
	CHECK(judge_bytes(&ec, b.data, b.len, &err) == CSG_OK);
	csg_buf_free(&b);
}

/* Is the text still this message, or no message of its author at all? */
static bool
same_or_none(const struct csg_buf *text)
{
	struct csg_buf der = { 0 };
	struct csg_envelope *e = NULL;
	struct csg_armor r;
	struct csg_err err = { 0 };
	unsigned line;
	bool more, ok = true;

	csg_armor_init(&r, text->data, text->len);
	if (csg_armor_next(&r, &der, &line, &more, &err) == CSG_OK && more &&
	    csg_envelope_parse(der.data, der.len, &e, &err) == CSG_OK &&
	    csg_envelope_verify(e, ec.cert, &err) == CSG_OK)
		ok = csg_id_equal(&e->id, &ec.msg->id);
	csg_envelope_free(e);
	csg_buf_free(&der);
	return ok;
}

static void
armoured(void)
{
	static const char with[] = "A/z=- \n\t.";
	struct csg_buf b = { 0 };
	unsigned char old;
	size_t i, j, bad = 0;

	unit_case("attacks 9, 23: no character makes another message");
	csg_envelope_armor(ec.msg, &b);
	CHECK(same_or_none(&b));
	for (i = 0; i < b.len; i++)
		for (j = 0; j < sizeof(with); j++) {
			old = b.data[i];
			b.data[i] = (unsigned char)with[j];
			bad += !same_or_none(&b);
			b.data[i] = old;
		}
	CHECK(bad == 0);
	csg_buf_free(&b);
}

/* A detached signature that is as large as the kinds' limits. */
static void
sizes(void)
{
	const size_t max = csg_kind_max(CSG_ENDORSEMENT);
	struct csg_buf content = { 0 };
	struct csg_envelope *e = NULL;
	struct csg_err err = { 0 };
	size_t over;

	unit_case("attack 8: a message as large as its kind may be");
	if (!CHECK(csg_buf_reserve(&content, max) != NULL))
		return;
	memset(content.data, 'x', max);
	content.len = max - 2000;
	CHECK(csg_envelope_make(
		  &ec.k, CSG_ENDORSEMENT, &content, NOW, &e, &err) == CSG_OK);
	if (!CHECK(e != NULL))
		return;
	over = e->der.len - content.len + 8; /* signatures vary in length */
	csg_envelope_free(e);
	content.len = max - over;
	CHECK(csg_envelope_make(
		  &ec.k, CSG_ENDORSEMENT, &content, NOW, &e, &err) == CSG_OK);
	csg_envelope_free(e);
	content.len = max - over + 17;
	CHECK(csg_envelope_make(&ec.k, CSG_ENDORSEMENT, &content, NOW, &e,
		  &err) == CSG_MALFORMED &&
	    e == NULL && err.reason == CSG_R_PARSE &&
	    strstr(err.text, "at most 524288 bytes") != NULL);
	CHECK(csg_envelope_make(&ec.k, CSG_REQUEST, &content, NOW, &e, &err) ==
	    CSG_OK);
	csg_envelope_free(e);
	csg_buf_free(&content);
}

/* What others' fuzzers kept. */
static void
corpus(void)
{
	const char *dir;
	char path[1300];
	struct csg_buf b = { 0 };
	struct csg_err err = { 0 };
	struct dirent *f;
	size_t n = 0, bad = 0;
	DIR *d;

	unit_case("attack 10: what fuzzers kept is refused");
	if ((dir = unit_vectors("openssl-fuzz-corpora/cms")) == NULL ||
	    !CHECK((d = opendir(dir)) != NULL))
		return;
	while ((f = readdir(d)) != NULL) {
		if (f->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, f->d_name);
		csg_buf_free(&b);
		if (csg_io_read(path, 1 << 20, &b, &err) != CSG_OK)
			continue;
		bad += judge_bytes(&ec, b.data, b.len, &err) != CSG_MALFORMED &&
		    err.reason != CSG_R_ALG;
		n++;
	}
	(void)closedir(d);
	csg_buf_free(&b);
	CHECK(n > 0 && bad == 0);
}

int
main(void)
{
	EVP_PKEY *key = EVP_RSA_gen(3072);

	if (key == NULL || EVP_PKEY_up_ref(key) != 1 ||
	    !make(&ec, EVP_EC_gen("P-256"), false) ||
	    !make(&other, EVP_EC_gen("P-256"), false) ||
	    !make(&rsa, key, false) || !make(&pss, key, true))
		return 1;
	RUN("attacks 10 to 13: structure and content", &ec, structure);
	RUN("attacks 14, 15: signed attributes", &ec, attributes);
	RUN("attacks 16 to 20: signers, algorithms, versions", &ec, signers);
	RUN("attacks 20 to 22: signatures and certificates", &ec, signatures);
	RUN("attacks 20, 21: RSA", &rsa, rsa_only);
	RUN("attack 20: RSA-PSS", &pss, pss_only);
	bytes();
	evidence();
	selftest();
	flips();
	armoured();
	sizes();
	corpus();
	unmake(&ec);
	unmake(&other);
	unmake(&rsa);
	unmake(&pss);
	return unit_done();
}
