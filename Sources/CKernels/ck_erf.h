#ifndef CK_ERF_H
#define CK_ERF_H

#define CK_ERF_TERMS 16
/// P of `gelu` in ck_gelu_simd.h, highest power first.
static const float ck_erf_coefficients[CK_ERF_TERMS] = {
    -0x1.e923e2p-13f, 0x1.5a9744p-11f,  -0x1.6fc98cp-11f, 0x1.2fea46p-10f, -0x1.b8c5bap-9f, 0x1.b43ffcp-8f,
    -0x1.63cfc4p-7f,  0x1.1d526ep-6f,   -0x1.b555b6p-6f,  0x1.36b5ecp-5f,  -0x1.9df8bap-5f, 0x1.06bf8cp-4f,
    -0x1.4455acp-4f,  0x1.93931cp-4f,   -0x1.1075a2p-3f,  0x1.11301ep-2f};

#endif
