/*
 * rebuild: what somebody with the disk can make of a ledger.
 *
 *	rebuild OLD NEW [SEQ...] [MORE]
 *	rebuild OLD NEW recover VERSION EPOCH
 *	rebuild OLD NEW keys COUNT
 *	rebuild OLD NEW nameless
 *
 * makes a new ledger of the entries of the old one, but for these, as if they
 * had never been, and behind them those of another one (a file) in which it goes
 * on otherwise: sound in itself, and without receipts.  Or behind all of them
 * that it was recovered under this version of the policy, in this epoch, or that
 * so many keys were made.  Or its rejections name no request.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ledger/ledger.h"

struct rebuilding {
	struct csg_ledger *old, *new, *from;
	char **without; /* ends with NULL */
	int64_t time; /* of the newest */
	bool nameless;
};

static enum csg_rc
copy_claim(struct rebuilding *r, const struct csg_entry *e, struct csg_err *err)
{
	struct csg_claim c = { 0 };
	enum csg_rc rc;

	if ((rc = csg_ledger_claim_of(r->from, e->request, e->seq, &c, err)) ==
	    CSG_OK)
		rc = csg_ledger_claim(r->new, &c, r->time, err);
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
	for (s = r->without; r->from == r->old && *s != NULL; s++)
		if (strtoull(*s, NULL, 10) == e->seq)
			return CSG_OK;
	if (e->policy != NULL)
		p.id = *e->policy;
	if (e->time > r->time)
		r->time = e->time;
	switch (e->kind) {
	case CSG_E_FOUND: return csg_ledger_found(r->new, r->time, &p, err);
	case CSG_E_KEY: return csg_ledger_key(r->new, r->time, e->body, err);
	case CSG_E_CLAIM: return copy_claim(r, e, err);
	case CSG_E_FINISH:
		return csg_ledger_finish(r->new, e->request, r->time, e->body,
		    e->version != 0 ? &p : NULL, err);
	case CSG_E_REJECT:
		return csg_ledger_remember(r->new,
		    r->nameless ? NULL : e->request, e->vote, r->time, e->body,
		    err);
	case CSG_E_REFUSE: return CSG_OK;
	case CSG_E_ABANDON:
	case CSG_E_RECOVER: break;
	}
	return csg_fail(err, CSG_R_LOG, "an entry that rebuild does not know");
}

/* The entries of a ledger in which it goes on otherwise. */
static enum csg_rc
add_more(struct rebuilding *r, const char *path, struct csg_err *err)
{
	uint64_t same;
	enum csg_rc rc;

	if ((rc = csg_ledger_open(path, true, &r->from, err)) == CSG_OK &&
	    (rc = csg_ledger_compare(r->old, r->from, &same, err)) == CSG_OK)
		rc = csg_ledger_each(r->from, same + 1, 0, copy_entry, r, err);
	csg_ledger_close(r->from);
	return rc;
}

/* The word of a recovery that never was. */
static enum csg_rc
add_recovery(struct rebuilding *r, const char *version, const char *epoch,
    struct csg_err *err)
{
	struct csg_ledger_policy p;
	enum csg_rc rc;

	if ((rc = csg_ledger_policy(r->new, &p, err)) != CSG_OK)
		return rc;
	p.version = strtoull(version, NULL, 10);
	return csg_ledger_recover(
	    r->new, r->time, &p, strtoull(epoch, NULL, 10), "recovered", err);
}

static enum csg_rc
add_keys(struct rebuilding *r, const char *count, struct csg_err *err)
{
	unsigned long long n = strtoull(count, NULL, 10);
	enum csg_rc rc = CSG_OK;

	while (rc == CSG_OK && n-- > 0)
		rc = csg_ledger_key(r->new, r->time, "made another", err);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct rebuilding r = { .without = argv + 3 };
	const char *more = NULL;
	struct csg_err err = { 0 };

	if ((argc == 6 && strcmp(argv[3], "recover") == 0) ||
	    (argc == 5 && strcmp(argv[3], "keys") == 0))
		r.without = argv + argc;
	else if (argc == 4 && strcmp(argv[3], "nameless") == 0) {
		r.nameless = true;
		r.without = argv + argc;
	} else if (argc > 3 && strtoull(argv[argc - 1], NULL, 10) == 0) {
		more = argv[argc - 1];
		argv[argc - 1] = NULL;
	}
	if (argc < 3 ||
	    csg_ledger_open(argv[1], true, &r.old, &err) != CSG_OK ||
	    csg_ledger_create(argv[2], &err) != CSG_OK ||
	    csg_ledger_open(argv[2], false, &r.new, &err) != CSG_OK)
		goto fail;
	r.from = r.old;
	if (csg_ledger_each(r.old, 1, 0, copy_entry, &r, &err) != CSG_OK ||
	    (more != NULL && add_more(&r, more, &err) != CSG_OK) ||
	    (r.without == argv + 6 &&
		add_recovery(&r, argv[4], argv[5], &err) != CSG_OK) ||
	    (argc == 5 && r.without == argv + 5 &&
		add_keys(&r, argv[4], &err) != CSG_OK))
		goto fail;
	csg_ledger_close(r.old);
	csg_ledger_close(r.new);
	return 0;
fail:
	(void)fprintf(stderr, "rebuild: %s\n", err.text);
	return 1;
}
