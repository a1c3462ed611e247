// The files that ${file:path} names in a configuration file: secrets, which are exchanged there while we run.  Values;
// no thread rule.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace shopwire::config {

class References {
 public:
    References() = default;
    explicit References(std::string_view yaml);  // with the times that their files have now

    void add(const References& others);
    bool changed() const;          // one of the files is another one than when it was noted
    void renew();                  // notes them as they are now
    std::string contents() const;  // of all files, as they are now

 private:
    std::map<std::string, std::string> stamps_{};  // per path
};

}  // namespace shopwire::config
