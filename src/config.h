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

/* Attributes in one GET-with-list: the conformance test asks for 10 at once; the request buffer bounds it anyway. */
#define COSEM_LIST_MAX 32u

/* HDLC -------------------------------------------------------------------- */

/* Information field and window that the meter can offer (class 23 attributes 3 to 6 set what it does offer). */
#define HDLC_INFORMATION_MAX 1030u
#define HDLC_WINDOW_MAX 7u

/* Identification ---------------------------------------------------------- */

#define IDENTITY_OCTETS_MAX 64u /* metering point id, object-model.md 1.3 */

#endif
