#include "common/kafka/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <string>

#include "common/core/clock.h"

namespace shopwire::kafka {
namespace {

struct Free {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using Source = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;

// Where it stands, in the words of the configuration; and its bytes.
struct Place {
    std::string name{};
    Source bytes{};
};

Place place_of(const ClientConfig& config) {
    if (const auto file = config.extra.find("ssl.certificate.location"); file != config.extra.end())
        return {"ssl.certificate.location: " + file->second, Source(BIO_new_file(file->second.c_str(), "r"))};
    if (const auto pem = config.extra.find("ssl.certificate.pem"); pem != config.extra.end())
        return {"ssl.certificate.pem",
                Source(BIO_new_mem_buf(pem->second.data(), static_cast<int>(pem->second.size())))};
    return {};
}

std::string text_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "a time that cannot be read";
    return format_utc(std::int64_t{timegm(&parts)} * 1'000);
}

}  // namespace

Status check_certificate(const ClientConfig& config, std::int64_t now_ms) {
    const Place place = place_of(config);
    if (place.name.empty()) return {};
    // A key may stand before it: what is no certificate is passed over.
    const Certificate certificate(place.bytes ? PEM_read_bio_X509(place.bytes.get(), nullptr, nullptr, nullptr)
                                              : nullptr);
    if (!certificate) return rejected(place.name + ": no certificate can be read there");
    std::time_t now = now_ms / 1'000;
    const ASN1_TIME* end = X509_get0_notAfter(certificate.get());
    if (X509_cmp_time(end, &now) < 0)
        return rejected(place.name + ": our own certificate has expired at " + text_of(end));
    const ASN1_TIME* begin = X509_get0_notBefore(certificate.get());
    if (X509_cmp_time(begin, &now) > 0)
        return rejected(place.name + ": our own certificate is not valid before " + text_of(begin));
    return {};
}

}  // namespace shopwire::kafka
