/* Every size and limit of the meter, with its reason. */
#ifndef CONFIG_H
#define CONFIG_H

/* COSEM ------------------------------------------------------------------- */

/* The largest APDU, either way: object-model.md decision 8. A whole one fits one HDLC frame of 1,030. */
#define COSEM_PDU_MAX 1024u

/* The largest element of a value that is produced in pieces. The longest is the object_list element of an
 * interface class with 9 attributes and 6 methods, with selectors. */
#define COSEM_ELEMENT_MAX 256u

/* Room in front of a value for the longest response header. */
#define COSEM_HEADER_MAX 16u

/* LLS secrets: object-model.md 1.1. */
#define COSEM_SECRET_MAX 16u

/* So many wrong passwords within that time lock an association for as long again: object-model.md 1.1. */
#define COSEM_WRONG_MAX 5u
#define COSEM_LOCKOUT_MS (15u * 60u * 1000u)

/* What must outlive its request: a SET or ACTION that comes in blocks (the longest are the capture objects of a
 * display list, 80 entries of 19 octets), the list and the selectors of a GET that is answered in blocks. */
#define COSEM_KEPT_MAX 1536u

/* Words that a handler may keep from block to block: a profile keeps its generation, row range, columns and row. */
#define COSEM_NOTES 6u

/* HDLC -------------------------------------------------------------------- */

/* Information field and window that the meter can offer (class 23 attributes 3 to 6 set what it does offer). */
#define HDLC_INFORMATION_MAX 1030u
#define HDLC_WINDOW_MAX 7u

/* Identification ---------------------------------------------------------- */

#define IDENTITY_OCTETS_MAX 64u /* metering point id, object-model.md 1.3 */

#endif
