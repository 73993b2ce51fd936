/*
 * rebuild: what somebody with the disk can make of a ledger.
 *
 *	rebuild OLD NEW SEQ...
 *
 * makes a new ledger of the entries of the old one, but for these, as if they
 * had never been: sound in itself, and without receipts.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/ledger.h"

struct rebuilding {
	struct csg_ledger *old, *new;
	char **without; /* ends with NULL */
};

static enum csg_rc
copy_claim(struct rebuilding *r, const struct csg_entry *e, struct csg_err *err)
{
	struct csg_claim c = { 0 };
	enum csg_rc rc;

	if ((rc = csg_ledger_claim_of(r->old, e->request, e->seq, &c, err)) ==
	    CSG_OK)
		rc = csg_ledger_claim(r->new, &c, e->time, err);
	csg_claim_clear(&c);
	return rc;
}

static enum csg_rc
copy_entry(
    void *arg, const struct csg_entry *e, const char *text, struct csg_err *err)
{
	struct rebuilding *r = arg;
	struct csg_ledger_policy p = { .version = e->version };
	char **s;

	(void)text;
	for (s = r->without; *s != NULL; s++)
		if (strtoull(*s, NULL, 10) == e->seq)
			return CSG_OK;
	if (e->policy != NULL)
		p.id = *e->policy;
	switch (e->kind) {
	case CSG_E_FOUND: return csg_ledger_found(r->new, e->time, &p, err);
	case CSG_E_KEY: return csg_ledger_key(r->new, e->time, e->body, err);
	case CSG_E_CLAIM: return copy_claim(r, e, err);
	case CSG_E_FINISH:
		return csg_ledger_finish(
		    r->new, e->request, e->time, e->body, NULL, err);
	case CSG_E_REJECT:
		return csg_ledger_remember(
		    r->new, e->request, e->vote, e->time, e->body, err);
	case CSG_E_ABANDON:
	case CSG_E_REFUSE:
	case CSG_E_RECOVER: break;
	}
	return csg_fail(err, CSG_R_LOG, "an entry that rebuild does not know");
}

int
main(int argc, char *argv[])
{
	struct rebuilding r = { .without = argv + 3 };
	struct csg_err err = { 0 };

	if (argc < 3 ||
	    csg_ledger_open(argv[1], true, &r.old, &err) != CSG_OK ||
	    csg_ledger_create(argv[2], &err) != CSG_OK ||
	    csg_ledger_open(argv[2], false, &r.new, &err) != CSG_OK ||
	    csg_ledger_each(r.old, 1, 0, copy_entry, &r, &err) != CSG_OK) {
		(void)fprintf(stderr, "rebuild: %s\n", err.text);
		return 1;
	}
	csg_ledger_close(r.old);
	csg_ledger_close(r.new);
	return 0;
}
