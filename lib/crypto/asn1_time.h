/*
 * ASN.1 times from and to seconds since the epoch.  They go through text, not
 * through libcrypto's functions that take a time_t: on 32-bit systems that type
 * may have 32 bits there, which end in 2038.
 */
#ifndef CSG_CRYPTO_ASN1_TIME_H
#define CSG_CRYPTO_ASN1_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/asn1.h>

/* Set t to so many seconds since 1970, up to the year 9999: UTCTime through
 * 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5, RFC 5652
 * section 11.3).  False when memory is short. */
bool csg_asn1_time_set(ASN1_TIME *t, int64_t secs);

/* The seconds since 1970 that t stands for.  False when t is malformed. */
bool csg_asn1_time_get(const ASN1_TIME *t, int64_t *secs);

#endif
