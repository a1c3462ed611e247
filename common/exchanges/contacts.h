// A free text without what reaches a person.  Pure function.
#pragma once

#include <string>
#include <string_view>

namespace shopwire::exchanges {

// Without e-mail addresses and telephone numbers ("+381 64 ..."): "***" stands for each.
std::string without_contacts(std::string_view text);

}  // namespace shopwire::exchanges
