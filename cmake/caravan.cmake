# What every folder's CMakeLists.txt uses; nothing else is defined globally.

add_library(caravan_options INTERFACE)
target_include_directories(caravan_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(caravan_options INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0 JSON_DIAGNOSTICS=0)
target_compile_options(caravan_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns of std::string's own operator+ at -O3 (gcc bug 105651): a false alarm, fixed in 13.
  target_compile_options(caravan_options INTERFACE -Wno-restrict)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # What a file has in its anonymous namespace looks to g++ like a header's, once the file is included.
  target_compile_options(caravan_options INTERFACE -Wno-subobject-linkage)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Two files may have helpers of one name; compiled as one, one's name shadows the other's.
  target_compile_options(caravan_options INTERFACE -Wno-shadow)
endif()
if(CARAVAN_WERROR)
  target_compile_options(caravan_options INTERFACE -Werror)
endif()
if(CARAVAN_SANITIZE STREQUAL "asan")
  # vptr: SOCI's typeinfo is not exported, so UBSan cannot link against it.
  set(flags -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
elseif(CARAVAN_SANITIZE STREQUAL "tsan")
  set(flags -fsanitize=thread -fno-omit-frame-pointer)
elseif(NOT CARAVAN_SANITIZE STREQUAL "")
  message(FATAL_ERROR "CARAVAN_SANITIZE is '${CARAVAN_SANITIZE}': asan, tsan or empty was expected")
endif()
if(CARAVAN_FUZZ)
  set(flags -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer)
endif()
if(flags)
  target_compile_options(caravan_options INTERFACE ${flags})
  target_link_options(caravan_options INTERFACE ${flags})
  target_compile_definitions(caravan_options INTERFACE CARAVAN_SANITIZED=1)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")  # -O3 costs a sixth more build time and gains nothing here

# caravan_library(NAME LINKS ...): every .cpp of this folder and of those below it that make no library of
# their own, but main*.cpp.
function(caravan_library name)
  cmake_parse_arguments(arg "" "" "LINKS;PRIVATE_LINKS;SOURCES" ${ARGN})
  if(NOT arg_SOURCES)
    file(GLOB_RECURSE arg_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    file(GLOB others RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
    foreach(other ${others})
      get_filename_component(folder ${other} DIRECTORY)
      list(FILTER arg_SOURCES EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${folder}/")
    endforeach()
    list(FILTER arg_SOURCES EXCLUDE REGEX "/main[^/]*\\.cpp$")
  endif()
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC caravan_options ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
  target_precompile_headers(${name} REUSE_FROM caravan_precompiled)
endfunction()

# caravan_program(NAME SOURCE LINKS ...)
function(caravan_program name source)
  cmake_parse_arguments(arg "" "" "LINKS" ${ARGN})
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE caravan_options ${arg_LINKS})
endfunction()

# caravan_embed(TARGET FUNCTION FILE...): compiles the files into TARGET as
# `std::span<const caravan::EmbeddedFile> FUNCTION()` (objects/base/embedded.hpp), sorted by name; of the namespace
# caravan, or of one in it: `scenarios::FUNCTION`.
function(caravan_embed target function)
  string(REGEX REPLACE ".*::" "" name ${function})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  set(files ${ARGN})
  list(SORT files)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DFUNCTION=${function} "-DFILES=${files}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
