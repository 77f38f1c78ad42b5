#pragma once

#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>

#include "CFaiss.h"

namespace contextd {

/// Errors with a status of their own: an invalid argument, corrupt stored data, and cancellation.
struct InvalidArgument : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct CorruptData : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct Cancelled : std::runtime_error {
    using std::runtime_error::runtime_error;
};

inline cf_status failed(cf_status status, cf_error *error, const char *message) noexcept {
    if (error) std::snprintf(error->message, sizeof error->message, "%s", message);
    return status;
}

/// Runs `body` and converts what it throws into a status.
template <class Body>
cf_status guarded(cf_error *error, Body &&body) noexcept {
    try {
        body();
        return CF_OK;
    } catch (const InvalidArgument &e) {
        return failed(CF_INVALID, error, e.what());
    } catch (const CorruptData &e) {
        return failed(CF_CORRUPT, error, e.what());
    } catch (const Cancelled &e) {
        return failed(CF_CANCELLED, error, e.what());
    } catch (const std::bad_alloc &) {
        return failed(CF_NO_MEMORY, error, "out of memory");
    } catch (const std::length_error &) {
        return failed(CF_NO_MEMORY, error, "size exceeds the address space");
    } catch (const std::exception &e) {
        return failed(CF_INTERNAL, error, e.what());
    } catch (...) {
        return failed(CF_INTERNAL, error, "unknown exception");
    }
}

}  // namespace contextd
