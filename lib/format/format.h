/*
 * Formats: what a signature over an artifact looks like to the outside.
 *
 * A driver answers: may this artifact be signed so, what is made for it, is a
 * given one good.  Hashing, keys, evidence and files are the caller's.
 */
#ifndef CSG_FORMAT_FORMAT_H
#define CSG_FORMAT_FORMAT_H

#include "lib/crypto/cms.h"
#include "lib/message/request.h"
#include "lib/policy/policy.h"

/* The next policy, which an artifact of format policy is: read once. */
struct csg_draft {
	struct csg_buf yaml;
	struct csg_policy *policy;
};
#define CSG_DRAFT_NONE \
	{ \
		{ NULL, 0, 0, false }, NULL \
	}

/*
 * Read and parse the draft that fd is open on and that was hashed.  out is to
 * be cleared, whatever comes back.  TYPE when it is too large, DIGEST when it
 * changed since, or as csg_policy_parse().
 */
enum csg_rc csg_draft_read(int fd, const struct csg_hashes *hashes,
    struct csg_draft *out, struct csg_err *err);
void csg_draft_clear(struct csg_draft *d);

/* One artifact on its way through a driver; all borrowed. */
struct csg_target {
	const struct csg_artifact *artifact; /* as requested */
	const struct csg_hashes *hashes; /* as found */
	const struct csg_draft *draft; /* if the driver reads_draft and the
				 * artifact is at hand; or NULL */
	const struct csg_policy *policy; /* in force, or NULL at
							 * the founding */
	int64_t time; /* T */
	const char *evidence; /* csg_evidence_attr */
	uint64_t epoch; /* of the ledger, with it; 0: don't care */
	bool allow_lockout; /* of a new policy */
};

struct csg_format {
	const char *suffix; /* of the output's name */
	const char *replaces; /* suffix of the artifact's name that suffix
				 * replaces, or NULL */
	bool reads_draft; /* signs drafts, one in a request */

	/* May it be signed so?  csg-request asks before it writes the
	 * request, csg-sign once the quorum is there. */
	enum csg_rc (*accept)(const struct csg_target *w, struct csg_err *err);
	/* Make the signature; append it to *out. */
	enum csg_rc (*sign)(const struct csg_target *w,
	    const struct csg_signer_key *k, struct csg_buf *out,
	    struct csg_err *err);
	/* Is sig a good signature of the key over the artifact?  SIGNATURE,
	 * DIGEST; UNENDORSED when it is good but its time or evidence is not
	 * that of w (evidence NULL: don't care); LOG for a policy of another
	 * epoch than the receipt's. */
	enum csg_rc (*verify)(const struct csg_target *w,
	    const struct csg_key *key, const void *sig, size_t len,
	    struct csg_err *err);
	/* SHA-256 of what sign made, found again in the output file. */
	enum csg_rc (*output_id)(const struct csg_target *w, const void *sig,
	    size_t len, struct csg_id *id, struct csg_err *err);
};

const struct csg_format *csg_format(enum csg_format_id id);

/* Append the name of an artifact's output. */
void csg_format_output(
    const struct csg_format *f, const char *name, struct csg_buf *out);

/* The drivers, each in its own file. */
extern const struct csg_format csg_fmt_policy, csg_fmt_cms, csg_fmt_raw;

#endif
