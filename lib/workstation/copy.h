/*
 * Copies of the ledger for auditors.
 *
 * Each is a ledger of its own, with the policy chain in it (note "chain"); one
 * that the workstation signed has the message of export.h, too (note "export").
 */
#ifndef CSG_WORKSTATION_COPY_H
#define CSG_WORKSTATION_COPY_H

#include "lib/workstation/export.h"

/* Make an export, as a new file, which the caller removes after a failure.
 * chain and word (of csg_export_sign()) may be NULL; a copy of a copy has what
 * that had.  A word must be true of the copy (LOG). */
enum csg_rc csg_copy_write(struct csg_ledger *l, const struct csg_chain *chain,
    const char *word, const char *path, struct csg_err *err);

/* What a copy says of itself. */
struct csg_copy_word {
	struct csg_export *export; /* NULL: it is not signed */
	struct csg_bundle messages;
	bool is_signed; /* false: no policy to check it by */
};

/* Read and check it (csg_export_check()); chain may be NULL.  *out is the
 * caller's (csg_copy_word_clear) after a failure, too. */
enum csg_rc csg_copy_read_word(struct csg_ledger *copy,
    const struct csg_chain *chain, struct csg_copy_word *out,
    struct csg_err *err);
void csg_copy_word_clear(struct csg_copy_word *w);

#endif
