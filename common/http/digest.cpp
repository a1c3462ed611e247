#include "common/http/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace shopwire::http {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

std::string sha256(std::string_view bytes) {
    Digest digest{};
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return {digest.begin(), digest.begin() + size};
}

std::string hmac_sha256(const Secret& key, std::string_view text) {
    Digest digest{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()), bytes_of(text), text.size(),
         digest.data(), &size);
    return {digest.begin(), digest.begin() + size};
}

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // one more: the library ends it with a zero
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(bytes), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

Result<std::string> base64_decode(std::string_view text, std::size_t bytes_max) {
    if (text.size() / 4 * 3 > bytes_max + bytes_max / 8 + 3)  // line breaks take a part
        return rejected("decoding base64: more than " + std::to_string(bytes_max) + " bytes");
    std::string plain(text);
    std::erase_if(plain, [](char c) { return c == '\r' || c == '\n'; });
    // The library counts padding as zero bytes.
    const std::size_t padding = plain.size() - (plain.find_last_not_of('=') + 1);
    std::string out(plain.size() / 4 * 3, '\0');
    const int length = padding > 2 ? -1
                                   : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(plain),
                                                     static_cast<int>(plain.size()));
    if (length < 0) return rejected("decoding base64: it is none");
    out.resize(static_cast<std::size_t>(length) - padding);
    if (out.size() > bytes_max) return rejected("decoding base64: more than " + std::to_string(bytes_max) + " bytes");
    return out;
}

}  // namespace shopwire::http
