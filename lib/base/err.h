/*
 * Errors: every failure has one status and one reason word.
 *
 * A function that can fail returns enum csg_rc and fills the caller's
 * struct csg_err.  The status becomes the tool's exit status; the reason is
 * the word that scripts match on; the text names the file, the object and the
 * rule.  csg(7) explains every reason.
 */
#ifndef CSG_BASE_ERR_H
#define CSG_BASE_ERR_H

#include <stdbool.h>

/* The exit status of every csg tool. */
enum csg_rc {
	CSG_OK = 0, /* yes: done, valid, ready */
	CSG_REFUSED = 1, /* no */
	CSG_USAGE = 2, /* wrong usage of a tool */
	CSG_MALFORMED = 3, /* the input does not follow its format */
	CSG_TROUBLE = 4, /* could not be decided */
	CSG_NOTYET = 5 /* not yet; can succeed later */
};

/*
 * X(word, status, meaning), in the order of csg(7).  A reason always has the
 * same status.
 */
#define CSG_REASONS(X) \
	X(VETO, REFUSED, \
	    "somebody who could have approved rejected the request") \
	X(SELF, REFUSED, "requesters cannot endorse their own request") \
	X(GROUP, REFUSED, "the person is in no group that may do this") \
	X(DUPKEY, REFUSED, "one public key has two owners or two purposes") \
	X(REQMISMATCH, REFUSED, "the message belongs to another request") \
	X(DIGEST, REFUSED, "the artifact differs from what was requested") \
	X(EXPIRED, REFUSED, \
	    "expired, or not yet valid, at the time that counts") \
	X(REVOKED, REFUSED, "the key was revoked") \
	X(POLICY, REFUSED, "made for another policy, or against the policy") \
	X(POLICYSIG, REFUSED, \
	    "the policy chain does not verify from its trust anchor") \
	X(ROLLBACK, REFUSED, "an older policy than the newest one seen") \
	X(REPLAY, REFUSED, "done before, with a different result") \
	X(BLIND, REFUSED, "approved without the artifacts at hand") \
	X(PROFILE, REFUSED, \
	    "no such profile, or not the one that was expected") \
	X(UNENDORSED, REFUSED, "signed, but no endorsement supports it") \
	X(ALG, REFUSED, "algorithm or key size too weak or not supported") \
	X(SIGNATURE, REFUSED, "a signature does not verify") \
	X(STATEMENT, REFUSED, \
	    "the vote lacks a statement that the profile requires") \
	X(LIMIT, REFUSED, "more than the profile or a file allows") \
	X(NAME, REFUSED, "the profile does not sign artifacts of that name") \
	X(OPERATOR, REFUSED, "the profile requires an operator's own key") \
	X(SUSPENDED, REFUSED, "the person is suspended at this workstation") \
	X(LOCKOUT, REFUSED, "the change would lock everybody out, or nearly") \
	X(RUN, REFUSED, "the command that had to succeed failed") \
	X(DECLINED, REFUSED, \
	    "the question at the terminal was not answered with yes") \
	X(TYPE, MALFORMED, "not the kind of file or message expected here") \
	X(PARSE, MALFORMED, "does not follow its format") \
	X(TEXT, MALFORMED, "text that can't be shown safely") \
	X(CLOCK, TROUBLE, "the clock must be wrong") \
	X(LOG, TROUBLE, "the ledger can't be read, written or trusted") \
	X(CONFIG, TROUBLE, "configuration missing, wrong or not safely owned") \
	X(KEYATTR, TROUBLE, \
	    "a token key lacks the attributes that protect it") \
	X(KEYMISMATCH, TROUBLE, "the token's key is not the policy's key") \
	X(SELFTEST, TROUBLE, "what was just made does not verify") \
	X(PIN, TROUBLE, "PIN or passphrase wrong, locked or not available") \
	X(TOKEN, TROUBLE, "the token failed, is absent or is not unique") \
	X(IO, TROUBLE, "the system refused to read, write or allocate") \
	X(QUORUM, NOTYET, "approvals are missing") \
	X(STAGE, NOTYET, "an earlier stage is not complete") \
	X(COOLING, NOTYET, "the cooling-off period is not over") \
	X(WINDOW, NOTYET, "outside the hours in which signing is allowed") \
	X(RATE, NOTYET, "as many signatures as the profile allows in a period")

enum csg_reason {
	CSG_R_NONE,
#define X(word, status, text) CSG_R_##word,
	CSG_REASONS(X)
#undef X
	    CSG_R_COUNT
};

#define CSG_ERR_TEXT 1024

/* A failure.  Zero-initialise; text must be escaped before it is shown on a
 * terminal (csg_text_escape()). */
struct csg_err {
	enum csg_rc rc;
	enum csg_reason reason;
	char text[CSG_ERR_TEXT];
};

/*
 * Record a failure and return its status, so that callers can write
 * "return csg_fail(...)".  err may be NULL.  A later failure replaces an
 * earlier one, whose text may be among the arguments.  The text is one line
 * without a trailing newline.
 */
enum csg_rc csg_fail(struct csg_err *err, enum csg_reason reason,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* csg_fail() with reason IO and ": strerror(errno)" after the text. */
enum csg_rc csg_fail_errno(struct csg_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * csg_fail() with the oldest error in OpenSSL's queue after the text.  Empties
 * the queue (up to 16 errors: draining can loop when memory is short).  If
 * OpenSSL ran out of memory, a reason whose status is not 4 becomes IO.
 */
enum csg_rc csg_fail_ssl(struct csg_err *err, enum csg_reason reason,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Out of memory: reason IO. */
enum csg_rc csg_fail_mem(struct csg_err *err);

/* Put text such as "file: " before err's text; returns err->rc. */
enum csg_rc csg_err_prefix(struct csg_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Put a file's name before err's text: "FILE:" before a position (LINE:COLUMN),
 * else "FILE: "; returns err->rc. */
enum csg_rc csg_err_prefix_file(struct csg_err *err, const char *path);

/* Forget a failure, and empty OpenSSL's queue. */
void csg_err_clear(struct csg_err *err);

/* The word ("VETO"), the status, and the meaning of a reason. */
const char *csg_reason_word(enum csg_reason reason);
enum csg_rc csg_reason_rc(enum csg_reason reason);
const char *csg_reason_text(enum csg_reason reason);

/* The more serious of two statuses (2 before 4, 3, 1, 5, 0), for tools that
 * report on several artifacts. */
enum csg_rc csg_rc_worst(enum csg_rc a, enum csg_rc b);

#endif
