#pragma once

#include <faiss/IndexFlatCodes.h>
#include <faiss/impl/FaissAssert.h>

#include <cstdint>
#include <vector>

#include "ck_int8.h"

namespace contextd {

/// Distances between rows by the int8 kernel. `sign` is +1 for FAISS's own convention for inner products (larger is
/// nearer) and -1 for the graph's code (smaller is nearer).
struct Int8Distance final : faiss::FlatCodesDistanceComputer {
    const size_t d;
    const float sign;
    std::vector<uint8_t> own;  // the code of a query that came as floats
    const uint8_t *query = nullptr;
    float query_factor = 0;    // the query's scale, signed

    Int8Distance(const uint8_t *codes, size_t d, float sign)
        : FlatCodesDistanceComputer(codes, ck_i8_code_size(d)), d(d), sign(sign) {}

    void set_query(const float *x) override {
        own.resize(code_size);
        ck_encode_i8(x, d, own.data());
        use(own.data());
    }

    /// A stored row as the query: nothing is decoded.
    void set_row(size_t row) { use(codes + row * code_size); }

    float distance_to_code(const uint8_t *code) override { return query_factor * score(query, code); }

    float symmetric_dis(idx_t i, idx_t j) override {
        const uint8_t *a = codes + i * code_size;
        return sign * ck_scale_i8(a, d) * score(a, codes + j * code_size);
    }

private:
    void use(const uint8_t *code) {
        query = code;
        query_factor = sign * ck_scale_i8(code, d);
    }

    float score(const uint8_t *a, const uint8_t *b) const {
        return ck_score_i8(reinterpret_cast<const int8_t *>(a), b, d);
    }
};

/// A FAISS index whose codes are ours, `dimension` int8 and a scale, so that FAISS's graph runs on our kernels.
struct CodeStorage final : faiss::IndexFlatCodes {
    explicit CodeStorage(idx_t d) : IndexFlatCodes(ck_i8_code_size(d), d, faiss::METRIC_INNER_PRODUCT) {}

    faiss::FlatCodesDistanceComputer *get_FlatCodesDistanceComputer() const override {
        return new Int8Distance(codes.data(), d, 1);
    }

    void sa_encode(idx_t n, const float *x, uint8_t *bytes) const override {
        for (idx_t i = 0; i < n; i++) ck_encode_i8(x + i * d, d, bytes + i * code_size);
    }

    void sa_decode(idx_t n, const uint8_t *bytes, float *x) const override {
        for (idx_t i = 0; i < n; i++) {
            const uint8_t *code = bytes + i * code_size;
            const float scale = ck_scale_i8(code, d);
            for (int j = 0; j < d; j++) x[i * d + j] = scale * static_cast<int8_t>(code[j]);
        }
    }

    /// Not offered, like `range_search` in FAISS's own code indexes: a scan has to skip deleted rows and to break ties
    /// by chunk, which rows know nothing of, so it is done over `cf_codes_bytes`.
    void search(
        idx_t, const float *, idx_t, float *, idx_t *, const faiss::SearchParameters *) const override {
        FAISS_THROW_MSG("codes are scanned by the kernels, never by FAISS itself");
    }

    /// As `add`, for codes that exist already.
    void append(idx_t n, const uint8_t *bytes) {
        codes.insert(codes.end(), bytes, bytes + static_cast<size_t>(n) * code_size);
        ntotal += n;
    }
};

}  // namespace contextd
