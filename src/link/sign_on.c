/* to be written */
typedef int link_sign_on_empty;
