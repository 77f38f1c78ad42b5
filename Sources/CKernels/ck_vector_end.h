// Undefines the macros of ck_vector.h.
#undef V
#undef VI
#undef VU
#undef CK_INLINE
#undef CK_W
#undef CK_AT
