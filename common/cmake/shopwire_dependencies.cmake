# Finds every third party once and gives each one name, shopwire::dep_<name>, so that a room says what it uses and nothing says where it is.
# deploy/local/install.sh installs them: the distribution's packages, and librdkafka and libjq below SHOPWIRE_DEPS_DIR.

if(DEFINED ENV{SHOPWIRE_DEPS})
    set(shopwire_deps_default $ENV{SHOPWIRE_DEPS})
else()
    set(shopwire_deps_default $ENV{HOME}/.cache/shopwire/deps)
endif()
set(SHOPWIRE_DEPS_DIR ${shopwire_deps_default} CACHE PATH "Where deploy/local/install.sh put what it built")

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Protobuf REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(civetweb REQUIRED)
find_package(date REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(RocksDB REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)

# shopwire_dependency(name lib...): shopwire::dep_<name> brings these libraries, whose headers are never warned about.
function(shopwire_dependency name)
    add_library(shopwire_dep_${name} INTERFACE)
    add_library(shopwire::dep_${name} ALIAS shopwire_dep_${name})
    target_link_libraries(shopwire_dep_${name} INTERFACE ${ARGN})
endfunction()

shopwire_dependency(civetweb civetweb::civetweb)
shopwire_dependency(cli11 CLI11::CLI11)
shopwire_dependency(curl CURL::libcurl)
shopwire_dependency(date date::date date::date-tz)
shopwire_dependency(fmt fmt::fmt)
shopwire_dependency(json nlohmann_json::nlohmann_json)
shopwire_dependency(openssl OpenSSL::SSL OpenSSL::Crypto)
shopwire_dependency(prometheus prometheus-cpp::core)
shopwire_dependency(protobuf protobuf::libprotobuf)
shopwire_dependency(rocksdb RocksDB::rocksdb-shared)
shopwire_dependency(spdlog spdlog::spdlog)
shopwire_dependency(sqlite SQLite::SQLite3)
shopwire_dependency(threads Threads::Threads)
shopwire_dependency(yaml yaml-cpp)
shopwire_dependency(zlib ZLIB::ZLIB)

# Ours first, then the system's.  2.12 brought fast small transactions, 2.15 is what the tests ran with.
set(ENV{PKG_CONFIG_PATH} "${SHOPWIRE_DEPS_DIR}/librdkafka/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka++>=2.15 rdkafka>=2.15)
shopwire_dependency(rdkafka PkgConfig::RDKAFKA)
if(pkgcfg_lib_RDKAFKA_rdkafka MATCHES "[.]a$")
    # A static library does not bring what it needs.  pkg-config --static would add the needs of shared libcurl too, whose headers nobody has.
    execute_process(
        COMMAND ${PKG_CONFIG_EXECUTABLE} --print-requires-private rdkafka
        OUTPUT_VARIABLE needs
        COMMAND_ERROR_IS_FATAL ANY
    )
    string(REGEX MATCHALL "[^ \n]+" needs "${needs}")
    pkg_check_modules(RDKAFKA_NEEDS REQUIRED IMPORTED_TARGET ${needs})
    target_link_libraries(shopwire_dep_rdkafka INTERFACE PkgConfig::RDKAFKA_NEEDS Threads::Threads ${CMAKE_DL_LIBS} m)
endif()

# 1.7 and later keep a number's text; 1.6 rounds ids over 2^53.
find_path(SHOPWIRE_JQ_INCLUDE_DIR jq.h HINTS ${SHOPWIRE_DEPS_DIR}/jq/include REQUIRED)
find_library(SHOPWIRE_JQ_LIBRARY jq HINTS ${SHOPWIRE_DEPS_DIR}/jq/lib REQUIRED)
find_library(SHOPWIRE_ONIG_LIBRARY onig HINTS ${SHOPWIRE_DEPS_DIR}/jq/lib REQUIRED)
shopwire_dependency(jq ${SHOPWIRE_JQ_LIBRARY} ${SHOPWIRE_ONIG_LIBRARY} m Threads::Threads)
target_include_directories(shopwire_dep_jq SYSTEM INTERFACE ${SHOPWIRE_JQ_INCLUDE_DIR})

if(SHOPWIRE_TESTS)
    find_package(GTest REQUIRED)
    shopwire_dependency(gtest GTest::gmock GTest::gtest)
    shopwire_dependency(gtest_main GTest::gmock_main GTest::gmock GTest::gtest)
endif()

find_program(SHOPWIRE_CCACHE ccache)
if(SHOPWIRE_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    set(shopwire_ccache ${CMAKE_CURRENT_LIST_DIR}/ccache.sh ${SHOPWIRE_CCACHE} ${PROJECT_SOURCE_DIR})
    set(CMAKE_C_COMPILER_LAUNCHER ${shopwire_ccache})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${shopwire_ccache})
endif()

# Forty programs with debug information: GNU's own linker takes seconds for each.
find_program(SHOPWIRE_MOLD mold)
if(SHOPWIRE_MOLD AND NOT CMAKE_EXE_LINKER_FLAGS MATCHES "-fuse-ld")
    add_link_options($<$<NOT:$<CONFIG:Release,RelWithDebInfo>>:-fuse-ld=mold>)
endif()
