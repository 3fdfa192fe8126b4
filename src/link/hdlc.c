/* to be written */
typedef int link_hdlc_empty;
