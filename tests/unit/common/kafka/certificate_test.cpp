// Goal: a certificate of our own that Kafka will refuse is named before it is sent.
#include "common/kafka/certificate.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>
#include <fstream>
#include <memory>

namespace shopwire::kafka {
namespace {

constexpr std::int64_t kNowMs = 1'795'305'600'000;  // 2026-11-22T00:00:00Z
constexpr std::int64_t kHourMs = 3'600'000;

// As such files are: the key, then its certificate.
std::string pem_of(std::int64_t from_ms, std::int64_t to_ms) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    ASN1_TIME_set(X509_getm_notBefore(certificate.get()), from_ms / 1'000);
    ASN1_TIME_set(X509_getm_notAfter(certificate.get()), to_ms / 1'000);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    PEM_write_bio_X509(out.get(), certificate.get());
    char* bytes = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(out.get(), &bytes));
    return {bytes, size};
}

std::string said_of(const std::string& pem) {
    const ClientConfig config{.extra = {{"ssl.certificate.pem", pem}}};
    const Status status = check_certificate(config, kNowMs);
    return status ? "" : status.error().message;
}

TEST(Certificate, IsLookedAtWhereThereIsOne) {
    EXPECT_TRUE(check_certificate({}, kNowMs));
    EXPECT_EQ("", said_of(pem_of(kNowMs - kHourMs, kNowMs + kHourMs)));
}

TEST(Certificate, OfThePastOrTheFutureIsNamedWithItsTime) {
    EXPECT_EQ("ssl.certificate.pem: our own certificate has expired at 2026-11-21T23:00:00.000Z",
              said_of(pem_of(kNowMs - 2 * kHourMs, kNowMs - kHourMs)));
    EXPECT_EQ("ssl.certificate.pem: our own certificate is not valid before 2026-11-22T01:00:00.000Z",
              said_of(pem_of(kNowMs + kHourMs, kNowMs + 2 * kHourMs)));
}

TEST(Certificate, ThatCannotBeReadIsNamedWithItsFile) {
    EXPECT_EQ("ssl.certificate.pem: no certificate can be read there", said_of("-----BEGIN NONSENSE-----\n"));
    const std::string file = std::filesystem::temp_directory_path() / "shopwire-certificate-test.pem";
    const ClientConfig config{.extra = {{"ssl.certificate.location", file}}};
    std::filesystem::remove(file);
    const Status missing = check_certificate(config, kNowMs);
    ASSERT_FALSE(missing);
    EXPECT_EQ("ssl.certificate.location: " + file + ": no certificate can be read there", missing.error().message);
    std::ofstream(file) << pem_of(kNowMs - kHourMs, kNowMs + kHourMs);
    EXPECT_TRUE(check_certificate(config, kNowMs));
    std::filesystem::remove(file);
}

}  // namespace
}  // namespace shopwire::kafka
