#ifndef CK_ERF_H
#define CK_ERF_H

#define CK_ERF_TERMS 16
/// Coefficients of P of `gelu` in ck_gelu_simd.h, highest power first.
static const float ck_erf_coefficients[CK_ERF_TERMS] = {
    -0x1.e923e2p-13f, 0x1.5a9744p-11f, -0x1.6fc98cp-11f, 0x1.2fea46p-10f, -0x1.b8c5bap-9f, 0x1.b43ffcp-8f,
    -0x1.63cfc4p-7f,  0x1.1d526ep-6f,  -0x1.b555b6p-6f,  0x1.36b5ecp-5f,  -0x1.9df8bap-5f, 0x1.06bf8cp-4f,
    -0x1.4455acp-4f,  0x1.93931cp-4f,  -0x1.1075a2p-3f,  0x1.11301ep-2f,
};

/// erf(u/√2)/2 for u ≥ 0, in 16 segments. Segment n, around u = n/CK_ERF_SEGMENTS_PER_UNIT, is a polynomial of degree 4 in
/// f = CK_ERF_SEGMENTS_PER_UNIT·u − n, |f| ≤ 1/2. Row k contains the segments' coefficients of fᵏ, fitted for the smallest
/// maximum error, 8e-8. The last segment, from u = 5.2, is the constant 1/2, which exceeds the true value by at most 1e-7.
#define CK_ERF_SEGMENTS_PER_UNIT 2.7884614f
static const float ck_erf_segments[5][16] __attribute__((unused)) = {
    {3.532776960e-09f, 1.400605589e-01f, 2.633874118e-01f, 3.590055108e-01f, 4.242827296e-01f, 4.635218084e-01f,
     4.842904508e-01f, 4.939693213e-01f, 4.979409277e-01f, 4.993757904e-01f, 4.998322427e-01f, 4.999600649e-01f,
     4.999915957e-01f, 4.999984205e-01f, 4.999997318e-01f, 5.000000000e-01f},
    {1.430685967e-01f, 1.341577470e-01f, 1.106208637e-01f, 8.020565659e-02f, 5.113504082e-02f, 2.866660058e-02f,
     1.413109060e-02f, 6.125119049e-03f, 2.334477147e-03f, 7.823434426e-04f, 2.305334201e-04f, 5.973025691e-05f,
     1.360735405e-05f, 2.725624654e-06f, 4.800264151e-07f, 0.000000000e+00f},
    {5.679784863e-06f, -8.626710624e-03f, -1.422651391e-02f, -1.547245122e-02f, -1.315269340e-02f, -9.216940962e-03f,
     -5.452223122e-03f, -2.757193753e-03f, -1.201004954e-03f, -4.528125282e-04f, -1.482617517e-04f, -4.225743032e-05f,
     -1.050259471e-05f, -2.279199407e-06f, -4.323185578e-07f, 0.000000000e+00f},
    {-3.098562825e-03f, -2.492902568e-03f, -1.150513417e-03f, 2.617904975e-04f, 1.148123993e-03f, 1.353806932e-03f,
     1.097435132e-03f, 6.973653799e-04f, 3.639907518e-04f, 1.595938811e-04f, 5.953200525e-05f, 1.904340570e-05f,
     5.251921721e-06f, 1.253467644e-06f, 2.596199806e-07f, 0.000000000e+00f},
    {7.328429638e-05f, 2.631171374e-04f, 3.761877597e-04f, 3.040594747e-04f, 1.331719832e-04f, -2.000384848e-05f,
     -9.416218381e-05f, -9.710634913e-05f, -6.733989721e-05f, -3.617264520e-05f, -1.582478399e-05f, -5.776816124e-06f,
     -1.784260576e-06f, -4.703987315e-07f, -1.064903969e-07f, 0.000000000e+00f},
};

#endif
