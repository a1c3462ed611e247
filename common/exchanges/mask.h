// Requests and answers without what nobody may see: secrets, and the personal data of buyers.  Goes by the names of
// members, headers and parameters.  Immutable, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http/transport.h"

namespace shopwire::exchanges {

// Names that one system has besides the usual ones ("adresa").  Case, "_" and "-" do not count.
struct MaskWords {
    std::vector<std::string> secret{};
    std::vector<std::string> personal{};  // "naziv?": a name, and only where somebody is told
    // Below one of these a bare "name" is that of a person.
    std::vector<std::string> people{};
};

class Mask {
 public:
    enum class Personal {
        kShown,
        kStars,  // "***"
        kShape,  // "xxxx@xxx.xx", "+000 00 0000": whoever parses it goes on
    };
    Mask(const MaskWords& words, Personal personal);

    http::Request request(http::Request request) const;
    http::Response response(http::Response response) const;
    std::string text(std::string_view text) const;  // without what reaches a person
    // Of JSON, of a form, or of any other text; what is not readable is left out as a whole.
    std::string body(std::string_view text) const;

 private:
    struct Writing;
    bool is_secret(std::string_view name) const;
    bool is_personal(std::string_view name) const;
    std::string personal(std::string_view text) const;
    std::string header(std::string_view name, const std::string& value) const;
    std::string parameter(std::string_view name, const std::string& value) const;

    std::vector<std::string> secret_{};
    std::vector<std::string> personal_{};
    std::vector<std::string> people_{};
    const Personal how_;
};

}  // namespace shopwire::exchanges
